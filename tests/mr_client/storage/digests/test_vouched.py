"""What stores' answers vouch for, dialect by dialect."""

from __future__ import annotations

import base64
import hashlib
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mr_client.storage.digests.digest import Algorithm, Digest
from mr_client.storage.digests.vouched import (
    Parts,
    azure_digests,
    gcs_digests,
    likely_parts,
    part_count,
    s3_digests,
    uniform_parts,
    web_digests,
)

MIB = 1024 * 1024
HELLO = b"hello"
MD5, SHA1, SHA256 = (hashlib.new(name, HELLO).digest() for name in ("md5", "sha1", "sha256"))
CRC32C = bytes.fromhex("9a71bb4c")
THREE = Parts((2, 2, 1), assumed=True)


def text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def brief(digests: tuple[Digest, ...]) -> list[tuple[Algorithm, bytes, str]]:
    assert not any(digest.parts or digest.assumed for digest in digests)
    return [(digest.algorithm, digest.value, digest.source) for digest in digests]


# -- S3 ---------------------------------------------------------------------------------------


def test_an_etag_of_32_hexadecimal_digits_is_an_md5() -> None:
    assert brief(s3_digests({}, f'"{MD5.hex()}"')) == [("md5", MD5, "ETag")]
    assert brief(s3_digests({"x-amz-server-side-encryption": "AES256"}, MD5.hex().upper())) == [("md5", MD5, "ETag")]


@pytest.mark.parametrize(
    "etag",
    [None, "", '"5f3-1a"', '"65f1c2a3-2b"', f'W/"{MD5.hex()}"', f'"{MD5.hex()}-0"', f'"{MD5.hex()}-x"', f'"{MD5.hex()}0"',
     f'"{MD5.hex()}-3-2"', f'"{SHA256.hex()}"', f'"{MD5.hex()[:-1]}g"'],
)  # fmt: skip
def test_an_etag_that_looks_otherwise_is_none(etag: str | None) -> None:
    """Among them nginx's, of time and size, and weak ones."""
    assert s3_digests({}, etag, parts=THREE) == ()
    assert part_count(etag) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"x-amz-server-side-encryption": "aws:kms"},
        {"x-amz-server-side-encryption": "aws:kms:dsse"},
        {"x-amz-server-side-encryption-customer-algorithm": "AES256"},
    ],
)
@pytest.mark.parametrize("etag", [MD5.hex(), f"{MD5.hex()}-3"])
def test_an_etag_is_no_md5_of_what_another_key_encrypts_but_checksums_hold(headers: dict[str, str], etag: str) -> None:
    assert s3_digests(headers, etag, parts=THREE) == ()
    assert brief(s3_digests({**headers, "x-amz-checksum-crc32c": text(CRC32C)}, etag)) == [
        ("crc32c", CRC32C, "x-amz-checksum-crc32c")
    ]


def test_a_checksum_of_the_whole_object_needs_no_parts() -> None:
    headers = {"x-amz-checksum-crc32c": text(CRC32C), "x-amz-checksum-type": "FULL_OBJECT"}

    assert brief(s3_digests(headers, f"{MD5.hex()}-3")) == [("crc32c", CRC32C, "x-amz-checksum-crc32c")]


@pytest.mark.parametrize("kind", [{"x-amz-checksum-type": "COMPOSITE"}, {}], ids=["said", "told by its number"])
def test_a_checksum_of_parts_needs_their_sizes(kind: dict[str, str]) -> None:
    headers = {"x-amz-checksum-sha256": f"{text(SHA256)}-3", **kind}

    assert s3_digests(headers, f"{MD5.hex()}-3") == ()
    assert s3_digests(headers, f"{MD5.hex()}-3", parts=Parts((3, 2), assumed=False)) == ()
    assert s3_digests(headers, f"{MD5.hex()}-3", parts=THREE) == (
        Digest("sha256", SHA256, "x-amz-checksum-sha256", (2, 2, 1), assumed=True),
        Digest("md5", MD5, "ETag", (2, 2, 1), assumed=True),
    )


def test_the_checksums_of_a_range_are_not_those_of_the_object() -> None:
    headers = {"x-amz-checksum-crc32c": text(CRC32C)}

    assert brief(s3_digests(headers, MD5.hex(), partial=True)) == [("md5", MD5, "ETag")]


@pytest.mark.parametrize("value", ["", "!", text(CRC32C)[:-1], text(MD5), "ü"])
def test_a_value_that_is_none_is_left_out(value: str) -> None:
    assert s3_digests({"x-amz-checksum-crc32c": value}, None) == ()


def test_an_algorithm_nobody_here_knows_is_left_out() -> None:
    assert s3_digests({"x-amz-checksum-xxhash64": text(bytes(8))}, None) == ()


@given(st.integers(1, 50), st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_parts_that_are_alike_are_told_from_the_first_and_what_is_certain_is_right(
    first: int, sizes: list[int]
) -> None:
    sizes = [first, *sizes]
    parts = uniform_parts(sum(sizes), first, len(sizes))

    if parts is not None:
        assert (sum(parts.sizes), len(parts.sizes), parts.sizes[0]) == (sum(sizes), len(sizes), first)
        assert parts.assumed or parts.sizes == tuple(sizes)
    if all(size == first for size in sizes[:-1]) and sizes[-1] <= first:
        assert parts is not None
        assert parts.sizes == tuple(sizes)


@pytest.mark.parametrize(
    ("size", "count", "parts"),
    [
        (7, 1, Parts((7,), assumed=False)),
        (20 * MIB, 3, Parts((8 * MIB, 8 * MIB, 4 * MIB), assumed=True)),
        (20 * MIB + 5, 3, None),  # 8 MiB, or 10 MiB
        (40 * 1024 * MIB, 160, Parts((256 * MIB,) * 160, assumed=True)),
        (9 * MIB, 2, None),  # 5 MiB, or 8 MiB
        (1000 * MIB, 3, None),  # 500 MiB gives 2, 256 MiB gives 4
        (10 * MIB, 3, Parts((5_000_000, 5_000_000, 10 * MIB - 10_000_000), assumed=True)),  # 5 MiB gives 2
        (3 * MIB, 7, None),
    ],
)
def test_parts_are_guessed_only_where_one_usual_size_alone_fits(size: int, count: int, parts: Parts | None) -> None:
    assert likely_parts(size, count) == parts


# -- the web ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "digests"),
    [
        ({"repr-digest": f"sha-256=:{text(SHA256)}:"}, [("sha256", SHA256, "Repr-Digest")]),
        ({"repr-digest": f"sha-512=:AA==:, md5=:{text(MD5)}:;a=1,unixsum=:AA==:"}, [("md5", MD5, "Repr-Digest")]),
        ({"content-digest": f"sha=:{text(SHA1)}:"}, [("sha1", SHA1, "Content-Digest")]),
        ({"digest": f"SHA-256={text(SHA256)}, md5={text(MD5)}"}, [("sha256", SHA256, "Digest"), ("md5", MD5, "Digest")]),
        ({"content-md5": text(MD5)}, [("md5", MD5, "Content-MD5")]),
        ({"x-ms-blob-content-md5": text(MD5)}, [("md5", MD5, "x-ms-blob-content-md5")]),
        (
            {"x-goog-hash": f"crc32c={text(CRC32C)}, md5={text(MD5)}"},
            [("crc32c", CRC32C, "x-goog-hash"), ("md5", MD5, "x-goog-hash")],
        ),
        ({"x-goog-hash": f"crc32c={text(CRC32C)},md5={text(MD5)}", "content-md5": text(MD5)},
         [("crc32c", CRC32C, "x-goog-hash"), ("md5", MD5, "x-goog-hash")]),
        ({"x-goog-hash": f"crc32c={text(CRC32C)}", "x-goog-stored-content-encoding": "gzip"}, []),
        (
            {"x-goog-hash": f"crc32c={text(CRC32C)}", "x-goog-stored-content-encoding": "gzip", "content-encoding": "gzip"},
            [("crc32c", CRC32C, "x-goog-hash")],
        ),
        ({"x-amz-checksum-crc32c": text(CRC32C)}, [("crc32c", CRC32C, "x-amz-checksum-crc32c")]),
        ({"etag": f'"{MD5.hex()}"'}, []),
        ({"etag": '"5f3-1a"', "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT"}, []),
        ({"content-md5": "no", "digest": "nonsense,=,md5=AA==", "repr-digest": "sha-256", "x-goog-hash": "crc32c"}, []),
    ],
)  # fmt: skip
def test_headers_of_web_servers(headers: dict[str, str], digests: list[tuple[Algorithm, bytes, str]]) -> None:
    assert brief(web_digests(headers, partial=False)) == digests


def test_of_the_answer_of_a_range_only_what_is_said_of_the_whole_counts() -> None:
    of_what_was_sent = {
        "content-digest": f"sha-256=:{text(SHA256)}:",
        "content-md5": text(MD5),
        "x-amz-checksum-crc32c": text(CRC32C),
    }
    of_the_whole = {"repr-digest": f"sha=:{text(SHA1)}:", "x-ms-blob-content-md5": text(MD5)}

    assert web_digests(of_what_was_sent, partial=True) == ()
    assert [digest.algorithm for digest in web_digests({**of_what_was_sent, **of_the_whole}, partial=True)] == [
        "sha1",
        "md5",
    ]


# -- what libraries list ----------------------------------------------------------------------


def test_google_gives_crc32c_and_except_for_composed_objects_md5() -> None:
    info = {"name": "bucket/a", "crc32c": text(CRC32C), "md5Hash": text(MD5), "etag": "CJ+v"}

    assert brief(gcs_digests(info)) == [("crc32c", CRC32C, "crc32c"), ("md5", MD5, "md5Hash")]
    assert brief(gcs_digests({"crc32c": text(CRC32C)})) == [("crc32c", CRC32C, "crc32c")]
    assert gcs_digests({"name": "bucket/folder", "type": "directory"}) == ()


@pytest.mark.parametrize(
    ("settings", "known"),
    [
        ({"content_md5": bytearray(MD5)}, True),
        (SimpleNamespace(content_md5=bytearray(MD5)), True),
        ({"content_md5": text(MD5)}, True),
        ({"content_md5": None}, False),
        ({"content_md5": bytearray(b"short")}, False),
        ({}, False),
        (None, False),
    ],
)
def test_azure_gives_the_md5_that_the_uploader_said(settings: Any, known: bool) -> None:
    digests = azure_digests({"name": "container/a", "content_settings": settings})

    assert brief(digests) == ([("md5", MD5, "Content-MD5")] if known else [])
    assert azure_digests({"name": "container/a"}) == ()
