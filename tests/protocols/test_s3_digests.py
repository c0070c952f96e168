"""What ``s3://`` vouches for, and what it costs to ask."""

from __future__ import annotations

import hashlib
import os
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mr_client.errors import FilesNotFound, TransferError, VerificationFailed
from mr_client.flow import fetch
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.digests.digest import COMBINABLE, Algorithm, Digest, best, found, running
from mr_client.storage.locate import locate
from mr_client.storage.network.web import Web
from mr_client.storage.s3.digests import Heard
from mr_client.storage.store import open_store
from mr_client.storage.stored import Store, StoredFile
from servers.checksum_s3 import ChecksumS3, Kept, checksum_s3
from servers.s3 import S3Server

MIB = 1024 * 1024
KMS = {"x-amz-server-side-encryption": "aws:kms"}


def crc(algorithm: Algorithm, content: bytes) -> bytes:
    digest = running(algorithm)
    assert digest is not None
    digest.update(content)
    return digest.value()


def opened(server: ChecksumS3, uri: str = "s3://bucket/model/") -> tuple[Store, StoredFile]:
    store = open_store(locate(uri, server.environ))
    (file,) = store.files()
    server.asked.clear()
    return store, file


def read(store: Store, file: StoredFile) -> bytes:
    return b"".join(store.read(file, 0, None))


def of_file(path: Path, digest: Digest) -> bytes | None:
    with path.open("rb") as file:
        return found(file.fileno(), digest)


# -- objects read whole -----------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", sorted(COMBINABLE))
def test_checksums_come_with_the_object_and_cost_no_request(algorithm: Algorithm) -> None:
    body = os.urandom(1000)
    with checksum_s3(a=Kept(body, checksums={algorithm: crc(algorithm, body)})) as server:
        store, file = opened(server)
        assert read(store, file) == body

        digests = store.digests(file)
        assert store.digests(file) == digests

    assert (digests[0].value, digests[0].source) == (crc(algorithm, body), f"x-amz-checksum-{algorithm}")
    assert digests[1] == Digest("md5", hashlib.md5(body, usedforsecurity=False).digest(), "ETag")
    assert server.asked == ["GET model/a checksums"]


def test_where_the_listing_names_no_checksum_none_is_asked_for() -> None:
    """Some stores refuse an address that is signed for one more header."""
    with checksum_s3(a=Kept(b"body")) as server:
        store, file = opened(server)
        read(store, file)

        assert [digest.source for digest in store.digests(file)] == ["ETag"]
    assert server.asked == ["GET model/a"]


def test_an_object_named_exactly_was_not_listed_so_its_checksums_are_asked_for() -> None:
    with checksum_s3(a=Kept(b"body", checksums={"crc32": zlib.crc32(b"body").to_bytes(4, "big")})) as server:
        store, file = opened(server, "s3://bucket/model/a")
        read(store, file)

        assert [digest.algorithm for digest in store.digests(file)] == ["crc32", "md5"]
    assert server.asked == ["GET model/a checksums"]


@pytest.mark.parametrize("status", [400, 403, 501])
def test_a_store_that_minds_being_asked_for_checksums_is_asked_no_more(status: int) -> None:
    kept = {name: Kept(b"body", checksums={"crc32": zlib.crc32(b"body").to_bytes(4, "big")}) for name in "ab"}
    with checksum_s3(**kept) as server:
        server.refuses = status
        store = open_store(locate("s3://bucket/model/", server.environ))
        for file in store.files():
            assert read(store, file) == b"body"
            assert [digest.source for digest in store.digests(file)] == ["ETag"]

    assert server.asked == ["GET model/a checksums", "GET model/a", "GET model/b"]


def test_what_is_refused_either_way_is_refused() -> None:
    with checksum_s3(a=Kept(b"body", checksums={"crc32": b"1234"})) as server:
        store, file = opened(server)
        del server.kept["model/a"]
        with pytest.raises(FilesNotFound):
            read(store, file)


def test_once_bytes_have_come_an_error_is_not_taken_for_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else they would come twice."""

    def broken(*arguments: object, **options: object) -> Iterator[tuple[bytes, dict[str, str]]]:
        yield b"bo", {}
        raise TransferError("broken")

    with checksum_s3(a=Kept(b"body", checksums={"crc32": b"1234"})) as server:
        store, file = opened(server)
        # What urllib3 raises in the middle of a body is an interruption; another carrier may raise otherwise.
        monkeypatch.setattr(Web, "read", broken)
        pieces = store.read(file, 0, None)

        assert next(pieces) == b"bo"
        with pytest.raises(TransferError, match="broken"):
            next(pieces)


def test_of_the_headers_of_thousands_of_answers_only_those_that_matter_are_remembered() -> None:
    headers = {
        "X-Amz-Checksum-CRC32": "AAAAAA==",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-meta-card": "x" * 2000,
    }

    assert Heard.of(headers, partial=False).headers == {
        "x-amz-checksum-crc32": "AAAAAA==",
        "x-amz-server-side-encryption": "aws:kms",
    }


def test_an_empty_object_is_worth_no_request() -> None:
    with checksum_s3(a=Kept(b"", checksums={"crc32": bytes(4)})) as server:
        store, file = opened(server)

        assert store.digests(file) == ()
    assert server.asked == []


# -- objects read in ranges -------------------------------------------------------------------


def test_an_object_that_is_read_in_ranges_costs_one_head() -> None:
    body = os.urandom(1000)
    kept = Kept(body, parts=(300, 300, 400), checksums={"crc64nvme": crc("crc64nvme", body)})
    with checksum_s3(a=kept) as server:
        store, file = opened(server)
        (piece,) = store.read(file, 0, 500)
        digests = [store.digests(file) for _ in range(2)]

    assert piece == body[:500]
    assert digests[0] == digests[1] == (Digest("crc64nvme", crc("crc64nvme", body), "x-amz-checksum-crc64nvme"),)
    assert server.asked == ["GET model/a range", "HEAD model/a checksums"]


def test_digests_can_be_asked_for_before_the_first_byte() -> None:
    with checksum_s3(a=Kept(b"body")) as server:
        store, file = opened(server)

        assert [digest.source for digest in store.digests(file)] == ["ETag"]
    assert server.asked == ["HEAD model/a checksums"]


@pytest.mark.parametrize("headers", [{}, KMS], ids=["plain", "encrypted"])
def test_where_head_is_refused_what_the_range_said_must_do(headers: dict[str, str]) -> None:
    with checksum_s3(a=Kept(b"body", headers=headers)) as server:
        server.heads = False
        store, file = opened(server)
        list(store.read(file, 0, 2))

        assert [digest.source for digest in store.digests(file)] == ([] if headers else ["ETag"])


def test_what_is_said_of_a_newer_object_is_not_heard() -> None:
    with checksum_s3(a=Kept(b"body")) as server:
        store, file = opened(server)
        server.kept["model/a"] = Kept(b"BODY", checksums={"crc32": zlib.crc32(b"BODY").to_bytes(4, "big")})

        assert store.digests(file) == ()


# -- objects of parts -------------------------------------------------------------------------


def composite(body: bytes, parts: tuple[int, ...], **headers: str) -> Kept:
    """An object whose SHA-256 is that of its parts' SHA-256, computed by hashlib alone."""
    starts = [sum(parts[:number]) for number in range(len(parts))]
    hashes = [hashlib.sha256(body[start : start + size]).digest() for start, size in zip(starts, parts, strict=True)]
    value = hashlib.sha256(b"".join(hashes)).digest()
    return Kept(body, parts=parts, checksums={"sha256": value}, composite=True, headers=headers)


@pytest.mark.parametrize(
    ("parts", "assumed", "requests"),
    [
        ((1000,), False, []),
        ((600, 400), False, ["HEAD model/a part 1"]),
        ((400, 600), False, ["HEAD model/a part 1"]),
        ((300, 300, 300, 100), True, ["HEAD model/a part 1"]),
        ((100, 300, 600), False, ["HEAD model/a part 1", *(f"HEAD model/a part {number}" for number in (1, 2, 3))]),
    ],
    ids=["one", "two", "two, the second longer", "alike", "unlike"],
)
def test_the_sizes_of_parts_are_asked_for_as_far_as_needed(
    tmp_path: Path, parts: tuple[int, ...], assumed: bool, requests: list[str]
) -> None:
    body = os.urandom(1000)
    (tmp_path / "a").write_bytes(body)
    with checksum_s3(a=composite(body, parts)) as server:
        store, file = opened(server)
        digests = store.digests(file)

    assert [(digest.algorithm, digest.parts, digest.assumed) for digest in digests] == [
        ("sha256", parts, assumed),
        ("md5", parts, assumed),
    ]
    assert all(of_file(tmp_path / "a", digest) == digest.value for digest in digests)
    assert sorted(server.asked[1:]) == sorted(requests)


def test_parts_that_only_seem_alike_are_found_out_when_the_digest_differs(target: Path) -> None:
    """300 + 200 + 400 + 100 bytes: the number of parts fits 300 + 300 + 300 + 100 as well."""
    body = os.urandom(1000)
    with checksum_s3(a=composite(body, (300, 200, 400, 100))) as server:
        store, file = opened(server)
        assumed = best(store.digests(file))
        assert assumed is not None
        confirmed = store.confirmed(file, assumed)

        assert (assumed.parts, assumed.assumed) == ((300, 300, 300, 100), True)
        assert confirmed is not None
        assert (confirmed.parts, confirmed.assumed) == ((300, 200, 400, 100), False)
        fetch("s3://bucket/model/", target, environ=server.environ)

    assert (target / "a").read_bytes() == body


@pytest.mark.parametrize("tells_parts", [True, False])
def test_a_wrong_composite_fails_a_copy_only_where_the_store_tells_the_parts(target: Path, tells_parts: bool) -> None:
    body = os.urandom(20 * MIB)
    kept = composite(body, (8 * MIB, 8 * MIB, 4 * MIB), **KMS)
    kept.body = bytes([body[0] ^ 1]) + body[1:]
    with checksum_s3(a=kept) as server:
        server.tells_parts = tells_parts
        if tells_parts:
            with pytest.raises(VerificationFailed, match="x-amz-checksum-sha256"):
                fetch("s3://bucket/model/", target, environ=server.environ)
        else:
            assert fetch("s3://bucket/model/", target, environ=server.environ).files == 1


def test_a_store_that_tells_no_parts_is_guessed_and_confirms_nothing() -> None:
    body = os.urandom(20 * MIB)
    with checksum_s3(a=composite(body, (8 * MIB, 8 * MIB, 4 * MIB))) as server:
        server.tells_parts = False
        store, file = opened(server)
        digest = best(store.digests(file))

        assert digest is not None
        assert (digest.parts, digest.assumed) == ((8 * MIB, 8 * MIB, 4 * MIB), True)
        assert store.confirmed(file, digest) is None


# -- all of it --------------------------------------------------------------------------------


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("ranges", [True, False], ids=["in ranges", "whole"])
def test_a_copy_is_held_against_the_checksum(target: Path, right: bool, ranges: bool) -> None:
    body = os.urandom(3000)
    value = crc("crc64nvme", body if right else bytes([body[0] ^ 1]) + body[1:])
    settings = CopySettings(range_size=1000 if ranges else 10_000, wait=0)
    with checksum_s3(a=Kept(body, parts=(3000,), checksums={"crc64nvme": value}, headers=KMS)) as server:
        if right:
            assert fetch("s3://bucket/model/", target, environ=server.environ, copy=settings).files == 1
        else:
            with pytest.raises(VerificationFailed, match="CRC-64/NVME"):
                fetch("s3://bucket/model/", target, environ=server.environ, copy=settings)


def test_the_etags_of_a_directory_bucket_are_no_md5() -> None:
    with checksum_s3(a=Kept(b"body")) as server:
        store = open_store(locate("s3://bucket--usw2-az1--x-s3/model/", server.environ))
        file = StoredFile(key="bucket/model/a", path="a", size=4, etag=f'"{server.kept["model/a"].etag}"')

        assert store.digests(file) == ()


def test_a_real_store_tells_the_parts_of_a_multipart_object(s3: S3Server, tmp_path: Path) -> None:
    bucket, body = f"digests-{uuid.uuid4().hex[:12]}", os.urandom(11 * MIB)
    s3.make_bucket(bucket)
    s3.filesystem().pipe_file(f"{bucket}/model/big", body, chunksize=5 * MIB)
    s3.filesystem().pipe_file(f"{bucket}/model/small", b"small")
    (tmp_path / "big").write_bytes(body)
    store = open_store(locate(f"s3://{bucket}/model/", s3.environ))
    big, small = store.files()

    (digest,) = store.digests(big)
    confirmed = store.confirmed(big, digest)

    assert (digest.algorithm, digest.parts, digest.assumed) == ("md5", (5 * MIB, 5 * MIB, MIB), True)
    assert confirmed is not None
    assert (confirmed.parts, confirmed.assumed) == (digest.parts, False)
    assert of_file(tmp_path / "big", digest) == digest.value
    assert store.digests(small) == (Digest("md5", hashlib.md5(b"small", usedforsecurity=False).digest(), "ETag"),)


def test_a_real_store_accepts_an_address_that_is_signed_for_checksums(s3: S3Server) -> None:
    bucket = f"digests-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(bucket)
    s3.filesystem().pipe_file(f"{bucket}/a", b"body")
    store = open_store(locate(f"s3://{bucket}/a", s3.environ))
    (file,) = store.files()
    assert file.checksums is None

    assert read(store, file) == b"body"
    assert store._signs_more  # type: ignore[attr-defined]  # it did not have to be signed again
