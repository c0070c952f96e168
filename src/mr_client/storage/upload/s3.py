"""How is an object written to S3?

Bytes go over plain HTTP, signed as those of a download are (``s3.requests``); what has no bytes (a multipart
upload's begin and end) is asked through s3fs. Each request says a checksum that the store compares: CRC-32C where the store
answers with one, which costs nothing; MD5 where it does not (Swift, older Ceph, SeaweedFS).
"""

from __future__ import annotations

import base64
import hashlib
import logging
import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mr_client.errors import (
    CredentialsExpired,
    MRClientError,
    NotAllowed,
    SourceChanged,
    TransferError,
    TransferInterrupted,
    VerificationFailed,
)
from mr_client.storage.dialects.filesystems import code_of, translated
from mr_client.storage.digests.digest import Algorithm
from mr_client.storage.digests.vouched import part_count, s3_digests
from mr_client.storage.network.refusals import Taken
from mr_client.storage.s3.store import S3Store
from mr_client.storage.upload.body import Body, Content
from mr_client.storage.upload.outgoing import key_fault
from mr_client.storage.upload.taken import check_own

__all__ = ["S3Writer"]

logger = logging.getLogger(__name__)

_MIB = 1024 * 1024
_SHORTEST, _LONGEST, _PARTS = 5 * _MIB, 5 * 1024 * _MIB, 10_000
"""Of a multipart upload (S3 user guide, "Multipart upload limits")."""
_ABSENT = {"If-None-Match": "*"}
"""Nothing may be there (S3 user guide, "Conditional writes"). Older stores pass over it, or refuse what they do not know."""
_UNKNOWN = frozenset({400, 501})
_UNKNOWN_CODES = frozenset({"NotImplemented", "InvalidArgument", "InvalidRequest", "400", "501"})
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


class S3Writer:
    """Objects below a place in a bucket.

    Args:
        store: opened.
        bucket: its name.
        etags: whether ETags that look like an MD5 are compared with one.
    """

    whole: frozenset[Algorithm] = frozenset()

    def __init__(self, store: S3Store, bucket: str, *, etags: bool = True) -> None:
        self.store = store
        self._bucket = bucket
        self._etags = etags
        self._checksums: bool | None = None
        """Whether the store knows checksums; None before it was asked."""
        self._conditions: bool | None = None
        """Whether it takes conditions; likewise."""

    def fault(self, key: str) -> str | None:
        """Say why no object can have this key."""
        return key_fault(key)

    def part_size(self, size: int, wanted: int) -> int | None:
        """Return the bytes of each part, whole MiB: so a download that is not told them can guess them."""
        wanted = max(wanted, _SHORTEST, -(-size // _PARTS))
        return min(-(-wanted // _MIB) * _MIB, _LONGEST)

    def put(self, key: str, body: Body, *, new: bool) -> None:
        """Write an object in one request."""
        if not new or self._conditions is False:
            self._checksums, _ = self.carry(key, {}, body, self._checksums)
            return
        try:
            self._checksums, _ = self.carry(key, {}, body, self._checksums, _ABSENT)
        except Taken:
            self.check_own(key, body.content)
        except TransferError as error:
            if self._conditions or error.status not in _UNKNOWN:
                raise
            self._checksums, _ = self.carry(key, {}, body, self._checksums)
            self.has_no_conditions(error)
            return
        self._conditions = True

    def begin(self, key: str, content: Content, *, new: bool) -> S3Parts:
        """Begin a multipart upload."""
        asked = {"ChecksumAlgorithm": content.crc.upper(), "ChecksumType": "FULL_OBJECT"}
        try:
            said = self.ask("create_multipart_upload", key, **asked)
        except (NotAllowed, TransferError):
            # Some stores refuse what they do not know; another reason comes again.
            said = self.ask("create_multipart_upload", key)
        return S3Parts(self, key, said, new=new)

    def complete(self, key: str, *, new: bool, **asked: object) -> dict[str, Any]:
        """Ask for an object to be made of its parts; for errors of a condition see ``code_of``."""
        if not new or self._conditions is False:
            return self.ask("complete_multipart_upload", key, **asked)
        try:
            said = self.ask("complete_multipart_upload", key, **asked, IfNoneMatch="*")
        except TransferError as error:
            if self._conditions or code_of(error) not in _UNKNOWN_CODES:
                raise
            said = self.ask("complete_multipart_upload", key, **asked)
            self.has_no_conditions(error)
            return said
        self._conditions = True
        return said

    def has_no_conditions(self, error: TransferError) -> None:
        """Remember that the store refuses what it does not know, and without it does what is asked."""
        self._conditions = False
        logger.info("s3://%s refuses a condition (%s); asked without.", self._bucket, error)

    def check_own(self, key: str, content: Content, etag: str | None = None) -> None:
        """Raise where what is there is not what was sent; see ``taken``."""
        check_own(self.store, f"{self._bucket}/{key}", f"s3://{self._bucket}/{key}", content, etag)

    def ask(self, operation: str, key: str, **asked: object) -> dict[str, Any]:
        """Ask through s3fs for something that has no bytes."""
        with translated(f"s3://{self._bucket}/{key}", writing=True):
            said: dict[str, Any] = self.store.filesystem.call_s3(operation, Bucket=self._bucket, Key=key, **asked)
        return said

    def carry(
        self,
        key: str,
        query: Mapping[str, str],
        body: Body,
        checksums: bool | None,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[bool, str]:
        """Send bytes; return whether the store knows checksums, and its ETag.

        Args:
            key: of the object.
            query: of the part, where it is one.
            body: the bytes.
            checksums: what is known of the store; None to find out.
            more: further headers of the first request that is kept.
        """
        if checksums is not False:
            name, value = f"x-amz-checksum-{body.content.crc}", _base64(body.checksum)
            try:
                said = self._sent(key, query, body, {name: value, **more})
            except (TransferInterrupted, SourceChanged, Taken):
                raise
            except (NotAllowed, TransferError) as error:
                if checksums or error.status == 404:
                    raise
                logger.info("s3://%s refuses a checksum (%s); asked with an MD5.", self._bucket, error)
            else:
                if said.get(name) == value:
                    return True, said.get("ETag", "")
                if name in said:
                    raise self.mismatch(key)
                if self._same(said, body.digest("md5")):
                    return False, said.get("ETag", "")
                # It has neither compared it nor answered with something to compare. What is there now is our own.
                more = {}
        md5 = body.digest("md5")
        said = self._sent(key, query, body, {"Content-MD5": _base64(md5), **more})
        if self._etags and self._same(said, md5) is False:
            raise self.mismatch(key)
        return False, said.get("ETag", "")

    def mismatch(self, key: str) -> VerificationFailed:
        """Return the error that says that the store has something else."""
        return VerificationFailed(
            f"'s3://{self._bucket}/{key}' is not what was sent, as its store says: upload it once more, with "
            "overwrite=True, or, if the ETags of this store are no MD5, check by size alone (MR_VERIFY=size)."
        )

    def same_parts(self, key: str, etag: str, parts: list[str]) -> None:
        """Compare the ETag of an object with those of its parts, where all are MD5s."""
        whole = _joined(parts)
        if self._etags and whole and part_count(etag) and etag.strip('"') != whole:
            raise self.mismatch(key)

    def _same(self, said: Mapping[str, str], md5: bytes) -> bool | None:
        """Return whether an ETag is this MD5; None where it is none."""
        found = next((each.value for each in s3_digests(said, said.get("ETag")) if each.algorithm == "md5"), None)
        return None if found is None else found == md5

    def _sent(self, key: str, query: Mapping[str, str], body: Body, headers: Mapping[str, str]) -> Mapping[str, str]:
        try:
            return self._carried(key, query, body, headers)
        except CredentialsExpired:
            self.store.requests.forget_credentials()
            return self._carried(key, query, body, headers)

    def _carried(self, key: str, query: Mapping[str, str], body: Body, headers: Mapping[str, str]) -> Mapping[str, str]:
        shown = f"s3://{self._bucket}/{key}"
        with translated(shown, writing=True):
            address, signed = self.store.requests.put(f"{self._bucket}/{key}", query, headers)
        return self.store.web.send("PUT", address, shown, body.pieces(), body.size, more=signed).headers


class S3Parts:
    """A multipart upload.

    Args:
        writer: carries its parts.
        key: of the object.
        said: the store's answer when it was begun.
        new: whether nothing may be there.
    """

    def __init__(self, writer: S3Writer, key: str, said: Mapping[str, Any], *, new: bool) -> None:
        self._writer = writer
        self._new = new
        self._key = key
        self._upload = str(said["UploadId"])
        self._checksums = bool(said.get("ChecksumAlgorithm"))
        self._joined = said.get("ChecksumType") == "FULL_OBJECT"
        self._lock = threading.Lock()
        self._parts: dict[int, dict[str, Any]] = {}

    def send(self, number: int, body: Body) -> None:
        """Write a part."""
        query = {"partNumber": str(number), "uploadId": self._upload}
        known, etag = self._writer.carry(self._key, query, body, self._checksums or False)
        part = {"PartNumber": number, "ETag": etag}
        if known:
            part[f"Checksum{body.content.crc.upper()}"] = _base64(body.checksum)
        with self._lock:
            self._parts[number] = part

    def complete(self, content: Content) -> None:
        """Make the object of its parts."""
        parts = [self._parts[number] for number in sorted(self._parts)]
        etags = [part["ETag"] for part in parts]
        name, value = f"Checksum{content.crc.upper()}", _base64(content.digest(content.crc))
        more = {name: value, "ChecksumType": "FULL_OBJECT"} if self._checksums and self._joined else {}
        try:
            said = self._writer.complete(
                self._key, new=self._new, UploadId=self._upload, MultipartUpload={"Parts": parts}, **more
            )
        except MRClientError as error:
            code = code_of(error)
            if self._new and code in _TAKEN:
                self._writer.check_own(self._key, content, _joined(etags))
                return
            # s3fs asks again where an answer is lost, and the store has none for what is done.
            if code != "NoSuchUpload":
                raise
            said = self._writer.ask("head_object", self._key)
            if said.get("ContentLength") != content.file.size or not part_count(said.get("ETag")) == len(parts):
                raise
            if self._new:
                self._writer.check_own(self._key, content, _joined(etags))
                return
        if more and name in said and said[name] != value:
            raise self._writer.mismatch(self._key)
        if not self._checksums:
            self._writer.same_parts(self._key, str(said.get("ETag", "")), etags)

    def abort(self) -> None:
        """Have the store forget the parts."""
        try:
            self._writer.ask("abort_multipart_upload", self._key, UploadId=self._upload)
        except MRClientError as error:
            logger.warning("Parts of %s may be left at its store, which cannot be told: %s", self._key, error)


def _joined(parts: list[str]) -> str | None:
    """Return the ETag of an object of these parts, if theirs are MD5s (S3 API reference, Object); else None."""
    try:
        whole = hashlib.md5(b"".join(bytes.fromhex(part.strip('"')) for part in parts), usedforsecurity=False)
    except ValueError:
        return None
    return f"{whole.hexdigest()}-{len(parts)}"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
