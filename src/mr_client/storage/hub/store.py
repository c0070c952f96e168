"""What does the Hugging Face hub hold of a model, and how are its bytes read?

Three addresses of its HTTP API, asked over the same connections as the bytes, so that what is
trusted, what is never asked and who is shown the token are decided in one place; the hub's own
library would decide it for the whole process, from the process's environment.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from mr_client.errors import FilesNotFound, MRClientError, NotAllowed, SourceChanged, StoreBusy, TransferError
from mr_client.storage.digests.digest import Digest
from mr_client.storage.location import Location
from mr_client.storage.network.web import Document, Web
from mr_client.storage.stored import StoredFile

__all__ = ["HubStore"]

logger = logging.getLogger(__name__)

_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NEXT = re.compile(r'<([^<>]+)>\s*;\s*rel="next"')
"""RFC 8288."""


class HubStore:
    """A model of the hub, all of it from the one commit that its revision means when it is listed.

    Large files (LFS, Xet) are vouched for by their SHA-256; small ones are blobs of git, whose ids
    are no digests of the content alone.
    """

    def __init__(self, location: Location, web: Web) -> None:
        options = location.options
        self._uri, self._web, self._folder = location.uri, web, location.folder
        self._model: str = options["model"]
        self._revision: str = options["revision"]
        self._within: str = options["within"]
        self._endpoint: str = options["endpoint"]
        self._token: str | None = options["token"]
        self._commit: str | None = None
        self._listed: dict[str, StoredFile] = {}
        self._digests: dict[str, tuple[Digest, ...]] = {}

    @property
    def pinned(self) -> str:
        """The URI, with the commit that was listed."""
        within = f"/{self._within}" if self._within else ""
        return f"hf://{self._model}@{self._commit or self._revision}{within}"

    def files(self) -> list[StoredFile]:
        """List what is there: a file alone, or all files below a folder."""
        self._commit = commit = str(self.described()["sha"])
        logger.info("%s is at commit %s", self._uri, commit)
        self._listed, self._digests = {}, {}
        address: str | None = f"{self._endpoint}/api/models/{self._model}/tree/{commit}?recursive=true&expand=false"
        while address:
            entries, address = self._asked(address)
            for entry in entries if isinstance(entries, list) else ():
                self._take(entry)
        if not self._listed:
            raise FilesNotFound(f"No file is at {self.pinned!r}: check the path.")
        return list(self._listed.values())

    def described(self) -> dict[str, Any]:
        """Return what the hub says of the model at its revision: ``sha`` is the commit, the rest may not be there."""
        revision = quote(self._revision, safe="")
        said, _ = self._asked(f"{self._endpoint}/api/models/{self._model}/revision/{revision}")
        if not isinstance(said, dict) or not _COMMIT.fullmatch(str(said.get("sha", ""))):
            raise TransferError(f"{self._endpoint!r} names no commit for {self._uri!r}: check HF_ENDPOINT.")
        return said

    def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield the bytes of ``file`` from ``start`` up to ``stop``."""
        path = quote(file.key.removeprefix(f"{self._model}/"), safe="/~")
        address = f"{self._endpoint}/{self._model}/resolve/{self._commit}/{path}"
        try:
            for piece, _ in self._web.read(address, self._shown(file), start, stop, more=self._who()):
                yield piece
        except NotAllowed as error:
            if error.__cause__ is None:  # the answer of a server, not a rule of ours
                raise NotAllowed(f"{self._denied()} (The hub says: {error})") from error
            raise

    def look(self, file: StoredFile) -> StoredFile:
        """Return ``file`` as it is now: a commit does not change."""
        if file.key not in self._listed:
            raise SourceChanged(f"{file.key!r} is not in {self.pinned!r} any more: run again.")
        return self._listed[file.key]

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        """Return the SHA-256 of a large file. Costs no request."""
        return self._digests.get(file.key, ())

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        """Return None: the hub knows no parts."""
        return None

    def _take(self, entry: dict[str, Any]) -> None:
        try:
            kind, path, size, blob = entry["type"], str(entry["path"]), int(entry["size"]), str(entry["oid"])
            large = str((entry.get("lfs") or {}).get("oid", ""))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TransferError(f"{self._endpoint!r} lists {self._uri!r} in no way that is known here.") from error
        if kind != "file":
            return
        if path == self._within and not self._folder:
            name = path.rpartition("/")[2]
        elif not self._within or path.startswith(f"{self._within}/"):
            name = path.removeprefix(self._within).lstrip("/")
        else:
            return
        key = f"{self._model}/{path}"
        content = large or blob
        # The listing tells no times. One that is made of the content's id (in the 1970s, where nobody takes it for
        # another) lets the next run know the file again, and know it from another one of the same size.
        made_of = int(content[:7], 16) if re.match("[0-9a-f]{7}", content) else None
        self._listed[key] = StoredFile(key, name, size, etag=content, modified=made_of, checksums=())
        if _SHA256.fullmatch(large):
            self._digests[key] = (Digest("sha256", bytes.fromhex(large), "LFS"),)

    def _asked(self, address: str) -> tuple[Any, str | None]:
        """Return what the hub answers, and the address of the next page."""
        answer = self._web.whole(address, self._uri, self._who())
        if answer.status != 200:
            raise self._refusal(answer)
        try:
            body = json.loads(answer.body)
        except ValueError:
            body = None
        if not isinstance(body, dict | list):
            raise TransferError(f"{self._endpoint!r} does not answer as a hub does: check HF_ENDPOINT.")
        found = _NEXT.search(answer.headers.get("Link", ""))
        following = urljoin(answer.url, found[1]) if found else None
        if following and urlsplit(following)[:2] != urlsplit(answer.url)[:2]:
            raise NotAllowed(f"{self._endpoint!r} sends on to another host for the rest of a list: check HF_ENDPOINT.")
        return body, following

    def _refusal(self, answer: Document) -> MRClientError:
        said = answer.headers.get("X-Error-Code", "")
        status = answer.status
        if said == "RevisionNotFound":
            return FilesNotFound(
                f"{self._model!r} has no revision {self._revision!r} at {self._endpoint!r}: "
                "name a branch, a tag or a commit, or none for main."
            )
        if said == "GatedRepo":
            return NotAllowed(self._denied())
        if said == "RepoNotFound" or status == 404:
            token = "check that the token of HF_TOKEN may read it" if self._token else "set HF_TOKEN if it is private"
            return FilesNotFound(
                f"No model {self._model!r} is to be seen at {self._endpoint!r} ({status}): check the name, and {token}."
            )
        if status in (401, 403):
            what = "HF_TOKEN is no good there: make a new token" if self._token else "it is private: set HF_TOKEN"
            return NotAllowed(f"Access to {self._uri!r} is denied ({status}); {what} that may read {self._model!r}.")
        if status == 429:
            return StoreBusy(
                f"The hub at {self._endpoint!r} takes no more requests for now (429): wait, and set HF_TOKEN to be "
                "allowed more."
            )
        return TransferError(f"The hub at {self._endpoint!r} answers {status} for {self._uri!r}: try again later.")

    def _denied(self) -> str:
        token = "the account whose token is in HF_TOKEN" if self._token else "an account, and set HF_TOKEN to its token"
        return (
            f"{self._model!r} is gated or private: ask for access at {self._endpoint}/{self._model} with {token}, "
            "which must be one that may read it."
        )

    def _shown(self, file: StoredFile) -> str:
        return f"hf://{self._model}@{(self._commit or '')[:12]}/{file.key.removeprefix(self._model + '/')}"

    def _who(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}
