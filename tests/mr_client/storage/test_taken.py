"""Whose is what is under a key where nothing was?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from mr_client.errors import (
    AlreadyExists,
    FilesNotFound,
    MRClientError,
    NotAllowed,
    TransferError,
    TransferInterrupted,
)
from mr_client.storage.digests.digest import Digest
from mr_client.storage.stored import Store, StoredFile
from mr_client.storage.upload.body import Content
from mr_client.storage.upload.outgoing import OutgoingFile, identity
from mr_client.storage.upload.taken import check_own

MINE, OTHERS = b"trained", b"others!"
UNKNOWN = '"opaque"'


def md5(content: bytes, **more: Any) -> Digest:
    return Digest("md5", hashlib.md5(content, usedforsecurity=False).digest(), "ETag", **more)


@dataclass
class There:
    """A store, as far as it is asked for what is there."""

    size: int = len(MINE)
    etag: str = UNKNOWN
    tells: tuple[Digest, ...] = ()
    confirms: Digest | None = None
    fails: MRClientError | None = None

    def look(self, file: StoredFile) -> StoredFile:
        if self.fails is not None:
            raise self.fails
        return replace(file, size=self.size, etag=self.etag)

    def digests(self, file: StoredFile) -> tuple[Digest, ...]:
        return self.tells

    def confirmed(self, file: StoredFile, digest: Digest) -> Digest | None:
        return self.confirms


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Content]:
    """What was sent."""
    with_content = content(tmp_path / "weights", MINE)
    yield with_content
    with_content.close()


def content(path: Path, body: bytes) -> Content:
    path.write_bytes(body)
    made = Content(
        OutgoingFile(path, path.name, len(body), identity(path.stat())), frozenset({"md5"}), stopped=lambda: False
    )
    made.take(len(body))
    return made


def check(there: There, mine: Content, etag: str | None = None) -> None:
    check_own(cast("Store", there), "iris/weights", "s3://m/iris/weights", mine, etag)


@pytest.mark.parametrize(
    ("there", "etag"),
    [
        pytest.param(There(etag='"abc"'), "abc", id="by its ETag"),
        pytest.param(There(tells=(md5(MINE),)), None, id="by a digest"),
        pytest.param(There(tells=(md5(MINE),)), "abc", id="by a digest though its ETag is another"),
        pytest.param(
            There(tells=(md5(OTHERS, assumed=True),), confirms=md5(MINE)), None, id="by the sizes of its parts"
        ),
    ],
)
def test_what_was_sent_is_known_again(there: There, etag: str | None, mine: Content) -> None:
    check(there, mine, etag)


def test_nothing_is_like_nothing(tmp_path: Path) -> None:
    mine = content(tmp_path / "empty", b"")
    check(There(size=0), mine)
    mine.close()


@pytest.mark.parametrize(
    ("there", "etag"),
    [
        pytest.param(There(etag='"abc"'), "abcd", id="another ETag"),
        pytest.param(There(etag=""), "", id="no ETag is like no ETag"),
        pytest.param(There(tells=(md5(OTHERS),)), None, id="another digest"),
        pytest.param(There(), None, id="no digest"),
        pytest.param(There(size=0), None, id="nothing in it"),
        pytest.param(There(tells=(md5(OTHERS),), confirms=md5(MINE)), None, id="another digest that is sure"),
        pytest.param(There(tells=(md5(OTHERS, assumed=True),)), None, id="nobody knows its parts"),
        pytest.param(There(tells=(md5(OTHERS, assumed=True),), confirms=md5(OTHERS)), None, id="other parts"),
        pytest.param(There(fails=NotAllowed("may be written, not read")), None, id="closed"),
        pytest.param(There(fails=TransferError("odd")), None, id="it cannot be looked at"),
    ],
)
def test_what_is_not_known_again_is_somebody_elses(there: There, etag: str | None, mine: Content) -> None:
    with pytest.raises(AlreadyExists, match="'s3://m/iris/weights' was not there when this upload began, and is now"):
        check(there, mine, etag)


@pytest.mark.parametrize("fails", [FilesNotFound("gone"), TransferInterrupted("no answer")])
def test_where_nobody_can_say_it_is_tried_again(fails: MRClientError, mine: Content) -> None:
    with pytest.raises(TransferInterrupted):
        check(There(fails=fails), mine)
