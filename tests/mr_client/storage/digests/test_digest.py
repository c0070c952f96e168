"""Digests of bytes: published values, combining, parts, and which one is checked."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from awscrt import checksums as awscrt
from hypothesis import given
from hypothesis import strategies as st

from mr_client.errors import VerificationFailed
from mr_client.storage.digests import checksums
from mr_client.storage.digests.checksums import Crc, combined, crc_function
from mr_client.storage.digests.digest import (
    COMBINABLE,
    SIZES,
    Algorithm,
    Digest,
    assembled,
    best,
    computable,
    found,
    journal_algorithm,
    mismatch,
    pieces,
    ranged,
    running,
    why_unchecked,
)

CRCS = st.sampled_from(get_args(Crc))
DIGITS = b"123456789"
PUBLISHED: list[tuple[Algorithm, bytes, str]] = [
    # Catalogue of parametrised CRC algorithms.
    ("crc32", DIGITS, "cbf43926"),
    ("crc32c", DIGITS, "e3069283"),
    ("crc64nvme", DIGITS, "ae8b14860a799888"),
    # RFC 1321, section A.5; RFC 3174 and RFC 6234, sections on test vectors.
    ("md5", b"", "d41d8cd98f00b204e9800998ecf8427e"),
    ("md5", b"message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    ("md5", b"1234567890" * 8, "57edf4a22be3c955ac49da2e2107b67a"),
    ("sha1", b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    ("sha256", b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("sha512", b"abc", "ddaf35a193617abacc417349ae204131" "12e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd" "454d4423643ce80e2a9ac94fa54ca49f"),
]  # fmt: skip


def digest_of(algorithm: Algorithm, content: bytes) -> bytes:
    digest = running(algorithm)
    assert digest is not None
    digest.update(content)
    return digest.value()


@pytest.fixture
def without_libraries(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """As in an installation without extras: nothing but Python's own."""
    monkeypatch.setitem(sys.modules, "awscrt", None)
    monkeypatch.setitem(sys.modules, "google_crc32c", None)
    crc_function.cache_clear()
    yield monkeypatch
    crc_function.cache_clear()


@pytest.mark.parametrize(("algorithm", "content", "value"), PUBLISHED)
def test_a_digest_has_its_published_value(algorithm: Algorithm, content: bytes, value: str) -> None:
    assert digest_of(algorithm, content).hex() == value
    assert len(bytes.fromhex(value)) == SIZES[algorithm]


@given(st.sampled_from(list(SIZES)), st.lists(st.binary(max_size=50), max_size=5))
def test_a_digest_does_not_depend_on_how_the_bytes_come(algorithm: Algorithm, content: list[bytes]) -> None:
    digest = running(algorithm)
    assert digest is not None
    for piece in content:
        digest.update(memoryview(bytearray(piece)))

    assert digest.value() == digest_of(algorithm, b"".join(content))


@given(CRCS, st.binary(max_size=300), st.binary(max_size=300))
def test_the_checksum_of_two_ranges_is_that_of_both(algorithm: Crc, first: bytes, second: bytes) -> None:
    joined = combined(algorithm, digest_of(algorithm, first), digest_of(algorithm, second), len(second))

    assert joined == digest_of(algorithm, first + second)


@given(CRCS, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(1, 2**46))
def test_ranges_of_any_length_are_combined_as_another_implementation_does(
    algorithm: Crc, first: int, second: int, length: int
) -> None:
    size = SIZES[algorithm]
    first, second = first % 2 ** (8 * size), second % 2 ** (8 * size)

    joined = combined(algorithm, first.to_bytes(size, "big"), second.to_bytes(size, "big"), length)

    assert int.from_bytes(joined, "big") == getattr(awscrt, f"combine_{algorithm}")(first, second, length)


# -- without libraries ------------------------------------------------------------------------


def test_importing_the_module_imports_no_library() -> None:
    code = "import sys, mr_client.storage.digests.digest; print([name for name in ('awscrt', 'google_crc32c') if name in sys.modules])"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"


def test_without_extras_some_checksums_cannot_be_had_and_it_says_so(without_libraries: pytest.MonkeyPatch) -> None:
    assert {name for name in SIZES if not computable(name)} == {"crc32c", "crc64nvme"}
    assert (running("crc64nvme"), journal_algorithm()) == (None, "crc32")

    vouched = [Digest("crc64nvme", bytes(8), "x-amz-checksum-crc64nvme")]
    assert best(vouched) is None
    assert why_unchecked(vouched) == "no library here computes crc64nvme: pip install 'mr-client[s3]'"
    assert best([*vouched, Digest("md5", bytes(16), "ETag")]) == Digest("md5", bytes(16), "ETag")


def test_google_crc32c_alone_is_enough_for_crc32c(without_libraries: pytest.MonkeyPatch) -> None:
    without_libraries.undo()
    without_libraries.setitem(sys.modules, "awscrt", None)
    crc_function.cache_clear()

    assert (journal_algorithm(), computable("crc64nvme")) == ("crc32c", False)
    assert digest_of("crc32c", DIGITS).hex() == "e3069283"


def test_google_crc32c_in_python_is_not_used_because_it_takes_minutes(without_libraries: pytest.MonkeyPatch) -> None:
    without_libraries.undo()
    import google_crc32c

    without_libraries.setitem(sys.modules, "awscrt", None)
    # Where its extension cannot be loaded it says so here.
    without_libraries.setattr(google_crc32c, "implementation", "python")
    crc_function.cache_clear()

    assert journal_algorithm() == "crc32"


# -- files ------------------------------------------------------------------------------------


@given(st.sampled_from(list(SIZES)), st.binary(max_size=200), st.integers(1, 60))
def test_the_pieces_of_a_file_give_its_digest(algorithm: Algorithm, content: bytes, longest: int) -> None:
    digest = Digest(algorithm, digest_of(algorithm, content), "test")

    ranges = pieces(digest, len(content), longest=longest)
    values = [digest_of(algorithm, content[start:stop]) for start, stop in ranges]

    assert b"".join(content[start:stop] for start, stop in ranges) == content
    assert len(ranges) > 1 or algorithm not in COMBINABLE or len(content) <= longest
    assert assembled(digest, ranges, values) == digest.value


def test_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    content = os.urandom(2 * 1024 * 1024 + 1)
    (tmp_path / "a").write_bytes(content)

    with (tmp_path / "a").open("rb") as file:
        assert found(file.fileno(), Digest("crc32", b"", "test")) == zlib.crc32(content).to_bytes(4, "big")
        assert found(file.fileno(), Digest("sha256", b"", "test")) == hashlib.sha256(content).digest()
        assert file.tell() == 0


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_a_composite_is_the_digest_of_the_digests_of_the_parts(tmp_path: Path, algorithm: Algorithm) -> None:
    content = os.urandom(25)
    (tmp_path / "a").write_bytes(content)
    of_parts = b"".join(hashlib.new(algorithm, part).digest() for part in (content[:10], content[10:20], content[20:]))

    with (tmp_path / "a").open("rb") as file:
        value = found(file.fileno(), Digest(algorithm, b"", "test", parts=(10, 10, 5)))

    assert value == hashlib.new(algorithm, of_parts).digest()


def test_a_composite_checksum_is_that_of_the_parts_checksums(tmp_path: Path) -> None:
    content = os.urandom(25)
    (tmp_path / "a").write_bytes(content)
    of_parts = b"".join(zlib.crc32(part).to_bytes(4, "big") for part in (content[:10], content[10:]))

    with (tmp_path / "a").open("rb") as file:
        value = found(file.fileno(), Digest("crc32", b"", "test", parts=(10, 15)))

    assert value == zlib.crc32(of_parts).to_bytes(4, "big")


def test_one_who_is_told_to_stop_stops(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(3 * 1024 * 1024))
    answers = iter([False, True])

    with (tmp_path / "a").open("rb") as file:
        assert found(file.fileno(), Digest("md5", b"", "test"), stopped=lambda: next(answers)) is None

    assert next(answers, None) is None


def test_a_checksum_nobody_computes_is_an_error_of_the_caller(
    tmp_path: Path, without_libraries: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"a")

    with (tmp_path / "a").open("rb") as file, pytest.raises(LookupError):
        ranged(file.fileno(), "crc64nvme", 0, 1)


# -- which one --------------------------------------------------------------------------------


def test_the_cheapest_is_checked() -> None:
    digests = [Digest(algorithm, b"", "test") for algorithm in SIZES]
    order: list[str] = []
    while chosen := best(digests):
        order.append(chosen.algorithm)
        digests.remove(chosen)

    assert order == ["crc64nvme", "crc32c", "crc32", "sha256", "sha1", "sha512", "md5"]


def test_one_of_the_whole_comes_before_one_of_parts_and_what_is_certain_before_what_is_assumed() -> None:
    whole, told = Digest("crc32c", b"1", "test"), Digest("crc32c", b"2", "test", parts=(1, 1))
    assumed, md5 = Digest("crc32c", b"3", "test", parts=(1, 1, 1), assumed=True), Digest("md5", b"4", "ETag")

    assert best([md5, assumed, told, whole]) == whole
    assert best([md5, assumed, told]) == told
    assert best([assumed, md5]) == md5
    assert best([assumed]) == assumed
    assert best([]) is None


def test_a_mismatch_says_what_differs_and_where_etags_may_be_no_md5_how_to_do_without() -> None:
    etag = mismatch("bucket/a", Digest("md5", bytes(16), "ETag"), b"\1" * 16)
    checksum = mismatch("bucket/a", Digest("crc32c", bytes(4), "x-amz-checksum-crc32c"), b"\1" * 4)

    assert isinstance(etag, VerificationFailed)
    assert "arrived with MD5 01010101010101010101010101010101, but its store says 00000000" in str(etag)
    assert "--verify=size or MR_VERIFY=size" in str(etag)
    assert "CRC-32C 01010101, but its store says 00000000 (x-amz-checksum-crc32c)" in str(checksum)
    assert "--verify=size" not in str(checksum)


@pytest.mark.parametrize(
    ("digests", "reason"),
    [
        ((), "its store gives no digest of it"),
        ((Digest("md5", b"", "ETag", parts=(1, 1, 1), assumed=True),), "does not say how long they are"),
    ],
)
def test_why_nothing_was_checked(digests: tuple[Digest, ...], reason: str) -> None:
    assert reason in why_unchecked(digests)


def test_the_powers_of_recurring_lengths_are_remembered() -> None:
    combined("crc32c", bytes(4), bytes(4), 64 * 1024 * 1024)
    before = checksums._power.cache_info().hits

    combined("crc32c", bytes(4), bytes(4), 64 * 1024 * 1024)

    assert checksums._power.cache_info().hits == before + 1
