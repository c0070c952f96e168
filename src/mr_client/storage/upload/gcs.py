"""How is an object written to Google Cloud Storage?

By its JSON API: a small one in one request, with what is said of it; a large one in a session that
goes on where the network broke. A session takes bytes in order: several files go at once, the parts
of one do not (composing it of several objects would leave those behind where it is interrupted).
Either way Google is told a digest first, and makes no object of other bytes.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from urllib.parse import urlsplit

from mr_client.errors import FilesNotFound, TransferError, TransferInterrupted, VerificationFailed
from mr_client.storage.digests.digest import Algorithm, computable
from mr_client.storage.digests.vouched import gcs_digests
from mr_client.storage.gcs.store import GCSStore
from mr_client.storage.network.refusals import Taken
from mr_client.storage.network.web import Document
from mr_client.storage.upload.body import Body, Content
from mr_client.storage.upload.outgoing import key_fault
from mr_client.storage.upload.taken import check_own
from mr_client.storage.upload.writer import Parts

__all__ = ["GCSWriter"]

_SMALL = 8 * 1024 * 1024
"""Bytes up to which a session is not worth its round trip."""
_GOES_ON = 308
"""What Google says of a session that has not got all yet."""
_KIND = "application/octet-stream"


class GCSWriter:
    """Objects below a place in a bucket.

    Args:
        store: opened for writing.
        bucket: its name.
        uri: the place, as it may be shown.
    """

    def __init__(self, store: GCSStore, bucket: str, uri: str) -> None:
        self.store = store
        self._algorithm: Algorithm = "crc32c" if computable("crc32c") else "md5"
        self.whole = frozenset({self._algorithm})
        self._bucket = bucket
        self._uri = uri
        self._lock = threading.Lock()
        self._sessions: dict[str, str] = {}

    def fault(self, key: str) -> str | None:
        """Say why no object can have this key."""
        return key_fault(key)

    def part_size(self, size: int, wanted: int) -> int | None:
        """Return None: a session takes bytes in order."""
        return None

    def put(self, key: str, body: Body, *, new: bool) -> None:
        """Write an object; where a session was broken, go on."""
        try:
            said = self._at_once(key, body, new) if body.size <= _SMALL else self._in_session(key, body, new)
        except Taken:
            if not new:
                raise
            check_own(self.store, f"{self._bucket}/{key}", self._shown(key), body.content)
            return
        try:
            item = json.loads(said.body)
            size, kept = int(item["size"]), {each.algorithm: each.value for each in gcs_digests(item)}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise TransferError(
                f"The server of {self._shown(key)!r} answers with no object: check the endpoint."
            ) from error
        mine = body.content.digest(self._algorithm)
        if size != body.size or kept.get(self._algorithm, mine) != mine:
            raise VerificationFailed(
                f"{self._shown(key)!r} is not what was sent, as its store says: upload it once more, with overwrite=True."
            )

    def begin(self, key: str, content: Content, *, new: bool) -> Parts:
        """Raise: there are no parts."""
        raise NotImplementedError

    def _at_once(self, key: str, body: Body, new: bool) -> Document:
        edge = uuid.uuid4().hex
        before = (
            f"--{edge}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{self._said(key, body)}\r\n"
            f"--{edge}\r\nContent-Type: {_KIND}\r\n\r\n"
        ).encode()
        after = f"\r\n--{edge}--\r\n".encode()
        kind = {"Content-Type": f"multipart/related; boundary={edge}"}
        size = len(before) + body.size + len(after)
        return self._authorized(
            lambda headers: self.store.web.send(
                "POST",
                self._address("multipart", new),
                self._shown(key),
                chain([before], body.pieces(), [after]),
                size,
                more={**headers, **kind},
            )
        )

    def _in_session(self, key: str, body: Body, new: bool) -> Document:
        session, there = self._sessions.get(key), 0
        if session is not None:
            try:
                asked = self._send(key, session, b"", 0, f"bytes */{body.size}")
            except FilesNotFound:
                session = None  # it has ended
            else:
                if asked.status != _GOES_ON:
                    return asked
                there = _received(asked.headers)
        if session is None:
            session, there = self._session(key, body, new), 0
        with self._lock:
            self._sessions[key] = session
        span = f"bytes {there}-{body.size - 1}/{body.size}"
        try:
            said = self._send(key, session, body.pieces(there), body.size - there, span)
        except FilesNotFound as error:
            with self._lock:
                del self._sessions[key]
            raise TransferInterrupted(f"The upload of {self._shown(key)!r} has ended at its store.") from error
        if said.status == _GOES_ON:
            raise TransferError(f"The server of {self._shown(key)!r} has not kept all that was sent: run again.")
        return said

    def _session(self, key: str, body: Body, new: bool) -> str:
        text = self._said(key, body).encode()
        kind = {
            "Content-Type": "application/json; charset=UTF-8",
            "X-Upload-Content-Type": _KIND,
            "X-Upload-Content-Length": str(body.size),
        }
        said = self._authorized(
            lambda headers: self.store.web.send(
                "POST", self._address("resumable", new), self._shown(key), text, len(text), more={**headers, **kind}
            )
        )
        session = said.headers.get("Location", "")
        # Whoever has this address may write the object: it is Google's to hand out, and for Google alone.
        if urlsplit(session)[:2] != urlsplit(self.store.endpoint)[:2]:
            raise TransferError(f"The server of {self._shown(key)!r} begins no upload: check the endpoint.")
        return session

    def _send(self, key: str, session: str, body: bytes | Iterator[bytes], size: int, span: str) -> Document:
        return self.store.web.send(
            "PUT", session, self._shown(key), body, size, more={"Content-Range": span}, also=frozenset({_GOES_ON})
        )

    def _authorized(self, ask: Callable[[Mapping[str, str]], Document]) -> Document:
        (said,) = self.store.authorized(lambda headers: iter([ask(headers)]))
        return said

    def _said(self, key: str, body: Body) -> str:
        said = base64.b64encode(body.content.digest(self._algorithm)).decode()
        field = "crc32c" if self._algorithm == "crc32c" else "md5Hash"
        return json.dumps({"name": key, "contentType": _KIND, field: said})

    def _address(self, kind: str, new: bool) -> str:
        fields = "name,size,crc32c,md5Hash"
        return f"{self.store.endpoint}/upload/storage/v1/b/{self._bucket}/o?uploadType={kind}&fields={fields}" + (
            "&ifGenerationMatch=0" if new else ""
        )

    def _shown(self, key: str) -> str:
        return f"gs://{self._bucket}/{key}"


def _received(headers: Mapping[str, str]) -> int:
    """Return how many bytes a session has; it does not say where it has none."""
    found = re.fullmatch("bytes=0-([0-9]{1,18})", headers.get("Range", ""))
    return int(found[1]) + 1 if found else 0
