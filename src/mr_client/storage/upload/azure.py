"""How is a blob written to Azure Blob Storage?

In one request, or in blocks that become a blob when their list is sent. Each request says the MD5 of
what it carries, which Azure compares. The blob keeps the MD5 of all of it, so that a download can, too.
"""

from __future__ import annotations

import base64
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

from mr_client.errors import NotAllowed, TransferInterrupted, VerificationFailed
from mr_client.storage.azure.store import VERSION, AzureStore
from mr_client.storage.dialects.azure import may_not_write
from mr_client.storage.dialects.filesystems import translated
from mr_client.storage.digests.digest import Algorithm
from mr_client.storage.network.refusals import Denied, Taken
from mr_client.storage.network.web import Document
from mr_client.storage.upload.body import Body, Content
from mr_client.storage.upload.outgoing import key_fault
from mr_client.storage.upload.taken import check_own

__all__ = ["AzureWriter"]

_MIB = 1024 * 1024
_BLOCKS = 50_000
"""Most blocks of a blob (Blob service REST API, "Put Block")."""
_LONGEST_BLOCK = 4000 * _MIB
_FOLDERS = 254
"""Most parts of a blob's name ("Naming and referencing containers, blobs, and metadata")."""


class AzureWriter:
    """Blobs below a place in a container.

    Args:
        store: opened for writing.
        uri: the place, as it may be shown.
    """

    whole: frozenset[Algorithm] = frozenset({"md5"})

    def __init__(self, store: AzureStore, uri: str) -> None:
        self.store = store
        self._uri = uri

    def fault(self, key: str) -> str | None:
        """Say why no blob can have this name."""
        parts = key.split("/")
        if "\\" in key:
            return "has a backslash, which Azure takes for a slash"
        if any(part.endswith(".") for part in parts):
            return "has a part that ends in a dot, which Azure leaves out"
        if len(parts) > _FOLDERS:
            return f"has {len(parts)} parts, more than the {_FOLDERS} that Azure takes"
        return key_fault(key)

    def part_size(self, size: int, wanted: int) -> int | None:
        """Return the bytes of each block."""
        return min(max(wanted, -(-size // _BLOCKS)), _LONGEST_BLOCK)

    def put(self, key: str, body: Body, *, new: bool) -> None:
        """Write a blob in one request."""
        md5 = body.content.digest("md5")
        more = {
            "x-ms-blob-type": "BlockBlob",
            "Content-Type": "application/octet-stream",
            "Content-MD5": _base64(md5),
            "x-ms-blob-content-md5": _base64(md5),
        }
        try:
            self._compare(key, md5, self._send(key, {}, body.pieces, body.size, more | _condition(new)))
        except Taken:
            if not new:
                raise
            try:
                self._check_own(key, body.content)
            except TransferInterrupted:
                # Blocks alone may be there, of an upload that was killed: azurite counts them, but not before a list.
                blocks = self.begin(key, body.content, new=True)
                if body.size:  # no block is empty
                    blocks.send(1, body)
                blocks.complete(body.content)

    def begin(self, key: str, content: Content, *, new: bool) -> Blocks:
        """Begin a blob of several blocks. Azure forgets those that no list names, after a week."""
        return Blocks(self, key, new=new)

    def block(self, key: str, name: str, body: Body) -> None:
        """Write a block."""
        md5 = body.digest("md5")
        query = {"comp": "block", "blockid": name}
        self._compare(key, md5, self._send(key, query, body.pieces, body.size, {"Content-MD5": _base64(md5)}))

    def commit(self, key: str, names: list[str], content: Content, *, new: bool) -> None:
        """Make the blob of its blocks."""
        text = "".join(f"<Latest>{name}</Latest>" for name in names)
        body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{text}</BlockList>'.encode()
        more = {
            "Content-Type": "text/plain; charset=UTF-8",
            "x-ms-blob-content-type": "application/octet-stream",
            "x-ms-blob-content-md5": _base64(content.digest("md5")),
        }
        try:
            self._send(key, {"comp": "blocklist"}, lambda: [body], len(body), more | _condition(new))
        except Taken:
            if not new:
                raise
            self._check_own(key, content)

    def _check_own(self, key: str, content: Content) -> None:
        """Raise where what is there is not what was sent; see ``taken``."""
        place = self.store.place
        check_own(self.store, f"{place.container}/{key}", f"{place.endpoint}/{place.container}/{key}", content)

    def _send(
        self,
        key: str,
        query: Mapping[str, str],
        pieces: Callable[[], Iterable[bytes]],
        size: int,
        more: Mapping[str, str],
    ) -> Document:
        try:
            return self._sent(key, query, pieces, size, more)
        except NotAllowed as error:
            # A token may be withdrawn before its end.
            if error.status == 401 and self.store.entry.renew():
                return self._sent(key, query, pieces, size, more)
            if isinstance(error, Denied):
                raise may_not_write(self._uri, error.said, error.status) from error
            raise

    def _sent(
        self,
        key: str,
        query: Mapping[str, str],
        pieces: Callable[[], Iterable[bytes]],
        size: int,
        more: Mapping[str, str],
    ) -> Document:
        entry, place = self.store.entry, self.store.place
        with translated(self._uri, writing=True):
            signature, headers = entry.query(), entry.headers()
        shown = f"{place.endpoint}/{place.container}/{key}"
        asked = "&".join(
            [*(f"{name}={quote(value, safe='')}" for name, value in query.items()), *([signature] if signature else [])]
        )
        address = f"{place.endpoint}/{place.container}/{quote(key, safe='/~')}" + (f"?{asked}" if asked else "")
        body = pieces()
        return self.store.web.send("PUT", address, shown, body, size, more={**headers, **more, "x-ms-version": VERSION})

    def _compare(self, key: str, md5: bytes, said: Document) -> None:
        if said.headers.get("Content-MD5", _base64(md5)) != _base64(md5):
            raise VerificationFailed(
                f"{key!r} in {self._uri!r} is not what was sent, as its store says: upload it once more, with overwrite=True."
            )


class Blocks:
    """A blob of several blocks.

    Args:
        writer: writes them.
        key: the blob's name.
        new: whether nothing may be there.
    """

    def __init__(self, writer: AzureWriter, key: str, *, new: bool) -> None:
        self._writer = writer
        self._new = new
        # Whoever writes this blob at the same time has blocks in the same place; a list takes the latest of a name.
        self._own = uuid.uuid4().hex
        self._key = key
        self._lock = threading.Lock()
        self._names: dict[int, str] = {}

    def send(self, number: int, body: Body) -> None:
        """Write a block."""
        name = _base64(f"{self._own}{number:08}".encode())  # all are to be of one length
        self._writer.block(self._key, name, body)
        with self._lock:
            self._names[number] = name

    def complete(self, content: Content) -> None:
        """Make the blob of its blocks."""
        names = [self._names[number] for number in sorted(self._names)]
        self._writer.commit(self._key, names, content, new=self._new)

    def abort(self) -> None:
        """Leave it to Azure, which has no request for it."""


def _condition(new: bool) -> dict[str, str]:
    return {"If-None-Match": "*"} if new else {}


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
