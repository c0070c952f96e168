"""What does HDFS hold below a path, and how are its bytes read?

WebHDFS (Hadoop, "WebHDFS REST API"): a name node answers for names, and sends on to a data node for
bytes. A range is asked for in the query; a data node knows no Range header.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from mr_client.errors import FilesNotFound, MRClientError, NotAllowed, SourceChanged, TransferError
from mr_client.storage.digests.digest import Digest
from mr_client.storage.location import Location
from mr_client.storage.network.web import Document, Web
from mr_client.storage.stored import StoredFile

__all__ = ["HdfsStore"]


class HdfsStore:
    """A path of HDFS.

    Nothing pins a file there, so each range is followed by a look whether the file is still the one
    that was listed. Its checksums depend on blocks and cannot be compared with others.
    """

    def __init__(self, location: Location, web: Web) -> None:
        self._uri, self._path, self._folder, self._web = location.uri, location.path, location.folder, web
        self._namenodes: tuple[str, ...] = location.options["namenodes"]
        self._who: dict[str, str] = location.options["who"]
        self._headers: dict[str, str] = dict(location.options["headers"])

    def files(self) -> list[StoredFile]:
        """List what is there: a file alone, or all files below a folder."""
        root = self._path.rstrip("/") or "/"
        status = self._asked(root, "GETFILESTATUS")["FileStatus"]
        if status["type"] != "DIRECTORY":
            if self._folder:
                raise FilesNotFound(f"{self._uri!r} is a file, not a folder: write it without the slash at its end.")
            return [_stored(root, root.rpartition("/")[2], status)]
        files: list[StoredFile] = []
        folders = [root]
        while folders:
            folder = folders.pop()
            for status in self._asked(folder, "LISTSTATUS")["FileStatuses"]["FileStatus"]:
                path = f"{folder.rstrip('/')}/{status['pathSuffix']}"
                if status["type"] == "DIRECTORY":
                    folders.append(path)
                else:
                    files.append(_stored(path, path.removeprefix(root).lstrip("/"), status))
        if not files:
            raise FilesNotFound(f"No file is below {self._uri!r}: check the path.")
        return files

    def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield the bytes of ``file`` from ``start`` up to ``stop``."""
        asked = {"offset": start} if stop is None else {"offset": start, "length": stop - start}
        address = self._address(self._namenodes[0], file.key, "OPEN", **asked)
        for piece, _ in self._web.read(address, f"hdfs:{file.key}", 0, None, more=self._headers):
            yield piece
        if self.look(file).identity != file.identity:
            raise SourceChanged(f"{file.key!r} in {self._uri!r} changed while it was copied.")

    def look(self, file: StoredFile) -> StoredFile:
        """Return ``file`` as it is now."""
        return _stored(file.key, file.path, self._asked(file.key, "GETFILESTATUS")["FileStatus"])

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        """Return none: what HDFS keeps is no digest of the content."""
        return ()

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        """Return None: nothing is vouched for."""
        return None

    def _asked(self, path: str, operation: str) -> dict[str, Any]:
        for node in self._namenodes:
            last = node == self._namenodes[-1]
            try:
                answer = self._web.whole(self._address(node, path, operation), self._uri, self._headers)
            except TransferError:
                if last:
                    raise
                continue
            said = _exception(answer)
            if said.get("exception") in ("StandbyException", "RetriableException") and not last:
                continue
            if answer.status != 200 or said:
                raise self._refusal(answer.status, str(said.get("exception", "")), path)
            # From now on the active one comes first.
            self._namenodes = (node, *(each for each in self._namenodes if each != node))
            found = _json(answer)
            if found is None or not found.keys() & {"FileStatus", "FileStatuses"}:
                raise TransferError(f"{node!r} does not answer as WebHDFS does: check host and port.")
            return found
        raise AssertionError("there is always a name node")

    def _refusal(self, status: int, said: str, path: str) -> MRClientError:
        why = f"{status} {said}".strip()
        if said == "FileNotFoundException":
            return FilesNotFound(f"Nothing is at {path!r} in HDFS, for {self._uri!r} ({why}): check the path.")
        if status == 401:
            return NotAllowed(
                f"Access to {self._uri!r} is denied ({why}): a cluster with Kerberos is asked through an HttpFS or Knox "
                "gateway, named in HDFS_NAMENODE with HEADERS; else copy the model to another store, such as s3://."
            )
        if status == 403 and said != "StandbyException":
            return NotAllowed(
                f"Access to {path!r} in HDFS is denied ({why}): let the user of HADOOP_USER_NAME or USER_PROXY read it."
            )
        if status == 404:
            return TransferError(f"The name node of {self._uri!r} knows no WebHDFS ({why}): check host and port.")
        return TransferError(f"The name node of {self._uri!r} answers {why}: check that it is active, then run again.")

    def _address(self, node: str, path: str, operation: str, **more: int) -> str:
        return f"{node}/webhdfs/v1{quote(path, safe='/~')}?{urlencode({'op': operation, **self._who, **more})}"


def _stored(key: str, path: str, status: dict[str, Any]) -> StoredFile:
    try:
        size, modified = int(status["length"]), int(status["modificationTime"])
        # The inode's number tells a file from one that was put in its place.
        etag = f"{status.get('fileId', 0)}-{modified}-{size}"
    except (KeyError, TypeError, ValueError) as error:
        raise TransferError(f"The name node says of {key!r} neither size nor time: check host and port.") from error
    return StoredFile(key=key, path=path, size=size, etag=etag, modified=modified / 1000, checksums=())


def _exception(answer: Document) -> dict[str, Any]:
    found = (_json(answer) or {}).get("RemoteException", {})
    return found if isinstance(found, dict) else {}


def _json(answer: Document) -> dict[str, Any] | None:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
