"""A digest of a file whose ranges are written in any order, by any thread."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mr_client.storage.digests.digest import Digest
from mr_client.storage.digests.following import Following

BODY = os.urandom(3_000_001)
PARTS = (1_000_000, 1_500_000, 500_001)


def md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


WHOLE = Digest("sha256", hashlib.sha256(BODY).digest(), "the store")
OF_PARTS = Digest(
    "md5", md5(md5(BODY[:1_000_000]) + md5(BODY[1_000_000:2_500_000]) + md5(BODY[2_500_000:])), "ETag", parts=PARTS
)


@pytest.fixture(scope="module")
def descriptor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    path = tmp_path_factory.mktemp("following") / "body"
    path.write_bytes(BODY)
    opened = os.open(path, os.O_RDONLY)
    yield opened
    os.close(opened)


@pytest.mark.parametrize("digest", [WHOLE, OF_PARTS], ids=["whole", "of parts"])
@given(cuts=st.lists(st.integers(1, len(BODY) - 1), unique=True, max_size=8), order=st.randoms(use_true_random=False))
def test_ranges_in_any_order_give_the_digest_of_the_file(
    descriptor: int, digest: Digest, cuts: list[int], order: object
) -> None:
    stops = [*sorted(cuts), len(BODY)]
    ranges = list(zip([0, *stops[:-1]], stops, strict=True))
    order.shuffle(ranges)  # type: ignore[attr-defined]  # a random.Random
    following = Following(digest, len(BODY))

    for start, stop in ranges:
        following.wrote(descriptor, start, stop, stopped=lambda: False)

    assert following.value(descriptor, stopped=lambda: False) == digest.value


@pytest.mark.parametrize("digest", [WHOLE, OF_PARTS], ids=["whole", "of parts"])
def test_threads_that_write_at_once_give_the_digest_of_the_file(descriptor: int, digest: Digest) -> None:
    following = Following(digest, len(BODY))
    step = 50_000

    def write(first: int) -> None:
        for start in range(first * step, len(BODY), 4 * step):
            following.wrote(descriptor, start, min(start + step, len(BODY)), stopped=lambda: False)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert following.value(descriptor, stopped=lambda: False) == digest.value


def test_what_is_in_order_is_read_at_once_and_what_is_not_waits(tmp_path: Path) -> None:
    """What is read early must not be read again in the end: then nothing is won."""
    path = tmp_path / "body"
    path.write_bytes(BODY)
    following = Following(WHOLE, len(BODY))
    with path.open("rb") as file:
        following.wrote(file.fileno(), 0, 2_000_000, stopped=lambda: False)
    path.write_bytes(bytes(2_000_000) + BODY[2_000_000:])

    with path.open("rb") as file:
        following.wrote(file.fileno(), 2_000_000, len(BODY), stopped=lambda: False)
        assert following.value(file.fileno(), stopped=lambda: False) == WHOLE.value


def test_a_copy_that_stops_takes_no_digest(descriptor: int) -> None:
    following = Following(WHOLE, len(BODY))

    following.wrote(descriptor, 0, len(BODY), stopped=lambda: True)

    assert following.value(descriptor, stopped=lambda: True) is None
