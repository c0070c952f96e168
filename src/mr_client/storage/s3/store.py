"""What does S3 hold at a location, and how is a range of its bytes read?

fsspec decides, urllib3 carries: s3fs finds credentials and lists; the bytes come over plain HTTP, signed by
``s3.requests``, because that costs a fifth of the CPU and none of the memory.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

from mr_client.errors import CredentialsExpired, NotAllowed, TransferError, TransferInterrupted
from mr_client.storage.dialects.filesystems import reason_is_hidden, translated
from mr_client.storage.digests.digest import Digest
from mr_client.storage.filesystem import filesystem_of, listed, stored
from mr_client.storage.location import Location
from mr_client.storage.network.roots import written
from mr_client.storage.network.web import Web
from mr_client.storage.s3.digests import Heard, S3Digests
from mr_client.storage.s3.requests import S3Requests
from mr_client.storage.stored import StoredFile

__all__ = ["S3Store", "s3_filesystem"]


def s3_filesystem(location: Location) -> Any:
    """Return the filesystem for a location in S3, with the certificates that it trusts.

    Raises:
        InvalidSettings: the file of certificates to trust holds none, and TLS is to be spoken to the endpoint.
        ImportError: s3fs is not installed.
    """
    from mr_client.storage.s3.session import http_session_for  # here, where s3fs is needed: they load aiobotocore
    from mr_client.storage.s3.times import session

    options = dict(location.options)
    options["session"] = session(session_vars=options.pop("session_vars", None))
    options["config_kwargs"] = {
        **options.get("config_kwargs", {}),
        "http_session_cls": http_session_for(location.proxies),
    }
    client: dict[str, Any] = options.get("client_kwargs", {})
    roots = written(location.trust) if client.get("verify") else None
    if roots:  # botocore takes certificates from a file alone
        options["client_kwargs"] = {**client, "verify": str(roots.path)}
    filesystem = filesystem_of("s3", options)
    if roots:
        weakref.finalize(filesystem, roots.remove)
    return filesystem


class S3Store:
    """Objects in S3: listed by s3fs, carried by plain HTTP.

    Checksums come with the answer that brings a whole object: asking for them costs nothing. Not
    where the listing names none, since some stores refuse a request that is signed for one more
    header (SeaweedFS before 4). Where one is refused that should not be, it is signed without.
    """

    def __init__(self, location: Location, filesystem: Any, web: Web) -> None:
        self._location = location
        self.filesystem = filesystem
        self.web = web
        # ETags of directory buckets look like one and are no MD5 (S3 user guide, directory buckets).
        directory_bucket = location.path.partition("/")[0].endswith("--x-s3")
        self.requests = S3Requests(filesystem)
        self._vouching = S3Digests(filesystem, etag_is_md5=not directory_bucket)
        # By key and ETag: what was said of one content is not true of the next.
        self._heard: dict[tuple[str, str | None], Heard] = {}
        self._digests: dict[tuple[str, str | None], tuple[Digest, ...]] = {}
        self._signs_more = True

    def files(self) -> list[StoredFile]:
        """List what is there: an object alone, or all objects below a prefix that ends at a slash."""
        try:
            return listed(self._location, self.filesystem)
        except (NotAllowed, TransferError) as error:
            if not reason_is_hidden(error):
                raise
            # Answers to HEAD have no body that could say why (RFC 9110, section 9.3.2).
            with translated(self._location.uri):
                bucket = self._location.path.partition("/")[0]
                self.filesystem.call_s3("list_objects_v2", Bucket=bucket, MaxKeys=1)
            raise

    def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
        """Yield the bytes of ``file`` from ``start`` up to ``stop``."""
        if not (file.checksums != () and start == 0 and stop is None and self._signs_more):
            yield from self._carried(file, start, stop, checksums=False)
            return
        begun = False
        try:
            for piece in self._carried(file, start, stop, checksums=True):
                begun = True
                yield piece
            return
        except (NotAllowed, TransferError) as error:
            if begun or isinstance(error, TransferInterrupted):
                raise
        for piece in self._carried(file, start, stop, checksums=False):
            self._signs_more = False  # it is what the store minded
            yield piece

    def look(self, file: StoredFile) -> StoredFile:
        """Return ``file`` as it is now."""
        with translated(self._location.uri):
            return stored(self.filesystem.info(file.key), file.path)

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        """Return what the answers of the store vouch for."""
        if not file.size:
            return ()  # all that can be said of an empty one is its size
        content = (file.key, file.etag)
        if content not in self._digests:
            heard = self._heard.get(content)
            self._digests[content] = self._vouching.of(file.key, file.size, file.etag, heard)
            self._heard.pop(content, None)
        return self._digests[content]

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        """Return ``digest`` with the sizes that the store tells of each part."""
        return self._vouching.confirmed(file.key, file.size or 0, digest)

    def _carried(self, file: StoredFile, start: int, stop: int | None, *, checksums: bool) -> Iterator[bytes]:
        begun = False
        try:
            for piece in self._asked(file, start, stop, checksums):
                begun = True
                yield piece
        except CredentialsExpired:
            if begun:
                raise
            self.requests.forget_credentials()
            yield from self._asked(file, start, stop, checksums)

    def _asked(self, file: StoredFile, start: int, stop: int | None, checksums: bool) -> Iterator[bytes]:
        with translated(self._location.uri):
            address, headers = self.requests.get(file.key, checksums=checksums)
        content = (file.key, file.etag)
        for piece, answer in self.web.read(address, f"s3://{file.key}", start, stop, etag=file.etag, more=headers):
            if content not in self._heard and content not in self._digests:
                self._heard[content] = Heard.of(answer, partial=start != 0 or stop is not None)
            yield piece
