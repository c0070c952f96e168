"""Bytes carried over HTTP, from a server that misbehaves."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mr_client.errors import (
    FilesNotFound,
    MissingExtra,
    NotAllowed,
    StoreBusy,
    TransferError,
    TransferInterrupted,
    VerificationFailed,
)
from mr_client.flow import fetch
from mr_client.storage.copy.progress import NoProgress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.location import Location
from mr_client.storage.network.trusted import Trust
from mr_client.storage.network.web import Web
from mr_client.storage.store import open_store
from servers.web import WebServer

BODY = os.urandom(300_000)
FAST = CopySettings(workers=2, range_size=100_000, checkpoint=50_000, wait=0)


def bring(web: WebServer, target: Path, path: str = "/model.bin") -> None:
    fetch(web.url + path, target, environ={}, copy=FAST)


def test_a_file_is_brought_in_ranges(web: WebServer, target: Path) -> None:
    web.content["/a/my%20model.bin"] = BODY

    bring(web, target, "/a/my%20model.bin?sig=x")

    assert (target / "my model.bin").read_bytes() == BODY
    assert sorted(range or "" for _, range in web.asked) == [
        "bytes=0-0",
        "bytes=0-99999",
        "bytes=100000-199999",
        "bytes=200000-299999",
    ]


def test_each_worker_keeps_to_one_connection(web: WebServer, target: Path) -> None:
    web.content["/model.bin"] = BODY

    fetch(web.url + "/model.bin", target, environ={}, copy=replace(FAST, range_size=10_000, checkpoint=10_000))

    assert len(web.asked) == 31
    assert len(web.connections) <= 2


def test_a_server_without_ranges_is_read_in_one_go(web: WebServer, target: Path) -> None:
    web.content["/model.bin"], web.ranges = BODY, False

    bring(web, target)

    assert (target / "model.bin").read_bytes() == BODY


def test_a_server_that_says_no_length_is_read_to_its_end(web: WebServer, target: Path) -> None:
    web.content["/model.bin"], web.ranges, web.lengths = BODY, False, False

    bring(web, target)

    assert (target / "model.bin").read_bytes() == BODY


def test_an_empty_file_is_a_file(web: WebServer, target: Path) -> None:
    web.content["/model.bin"] = b""

    bring(web, target)

    assert (target / "model.bin").read_bytes() == b""


def test_a_redirect_is_followed(web: WebServer, target: Path) -> None:
    web.content["/cdn.bin"], web.redirects["/model.bin"] = BODY, "/cdn.bin"

    bring(web, target)

    assert (target / "model.bin").read_bytes() == BODY


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(web: WebServer, target: Path, status: int) -> None:
    web.content["/model.bin"], web.statuses = BODY, [status, status]

    bring(web, target)

    assert (target / "model.bin").read_bytes() == BODY


def test_a_connection_that_is_reset_goes_on_where_it_was(web: WebServer, target: Path) -> None:
    web.content["/model.bin"] = BODY
    web.cuts = [70_000, 10]

    bring(web, target)

    assert (target / "model.bin").read_bytes() == BODY


def test_a_server_that_gives_another_range_than_the_one_asked_for_is_refused(web: WebServer, target: Path) -> None:
    web.content["/model.bin"], web.shift = BODY, 1

    with pytest.raises(TransferError, match="another range"):
        bring(web, target)
    assert not (target / "model.bin").exists()


def test_bytes_arrive_as_they_are_stored_and_not_decoded(web: WebServer, target: Path) -> None:
    web.content["/model.json.gz"] = gzip.compress(b"{}" * 1000)
    web.headers["Content-Encoding"] = "gzip"

    bring(web, target, "/model.json.gz")

    assert (target / "model.json.gz").read_bytes() == web.content["/model.json.gz"]
    assert set(web.encodings) == {"identity"}


def test_a_file_that_is_lost_meanwhile_is_noticed_in_the_end(memory: Any, target: Path) -> None:
    memory.pipe({"/model/a": b"a", "/model/b": b"b"})

    class LosingTheFirst(NoProgress):
        def end(self) -> None:
            (target / "a").unlink()

    with pytest.raises(VerificationFailed, match="a: missing"):
        fetch("memory://model", target, environ={}, copy=CopySettings(workers=1), progress=LosingTheFirst())


def test_a_weak_etag_pins_nothing(web: WebServer, target: Path) -> None:
    """It says that two contents mean the same, not that they have the same bytes."""
    web.content["/model.bin"], web.headers["ETag"] = BODY, 'W/"weak"'

    bring(web, target)

    assert (target / "model.bin").read_bytes() == BODY


def test_an_object_that_changes_meanwhile_is_not_mixed(web: WebServer) -> None:
    web.content["/model.bin"] = BODY
    store = open_store(Location(web.url, "http", web.url + "/model.bin"))
    (file,) = store.files()
    web.content["/model.bin"] = b"other"

    with pytest.raises(TransferError, match="changed while it was copied"):
        list(store.read(file, 0, 100))


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (401, NotAllowed, "401 Told"),
        (403, NotAllowed, "denied .403 Told"),
        (404, FilesNotFound, "404"),
        (410, FilesNotFound, "410"),
        (412, TransferError, "changed"),
        (418, TransferError, "answers 418"),
        (500, TransferInterrupted, "broken for now .500 Told"),
        (503, StoreBusy, "busy .503 Told"),
    ],
)
def test_a_status_means_an_error_that_names_the_file(
    web: WebServer, status: int, kind: type[Exception], says: str
) -> None:
    web.statuses = [status]

    with pytest.raises(kind, match=says) as raised:
        list(Web(Trust(), connections=1).read(web.url + "/m?sig=hunter2", "m", 0, 100))

    assert "'m'" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_a_server_that_is_not_there_is_an_interruption() -> None:
    with pytest.raises(TransferInterrupted, match="cannot be reached"):
        list(Web(Trust(), connections=1).read("http://127.0.0.1:9/m", "m", 0, 100))


def test_a_store_whose_library_is_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    # What an installation without the extra looks like to fsspec, which remembers what it has loaded.
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)

    with pytest.raises(MissingExtra, match=r"pip install 'mr-client\[s3\]'"):
        open_store(Location("s3://models/iris", "s3", "models/iris"))


# -- digests ----------------------------------------------------------------------------------


def header_digest(algorithm: str, content: bytes) -> str:
    return base64.b64encode(hashlib.new(algorithm, content).digest()).decode()


@pytest.mark.parametrize("ranges", [True, False], ids=["in ranges", "whole"])
def test_a_file_is_held_against_the_digest_that_its_server_says(web: WebServer, target: Path, ranges: bool) -> None:
    web.content["/model.bin"], web.ranges = BODY, ranges
    web.headers["Repr-Digest"] = f"sha-256=:{header_digest('sha256', BODY)}:"
    bring(web, target)

    web.headers["Repr-Digest"] = f"sha-256=:{header_digest('sha256', b'other')}:"
    with pytest.raises(VerificationFailed, match=r"SHA256 .* \(Repr-Digest\)"):
        bring(web, target)


def test_the_md5_of_a_range_is_not_taken_for_that_of_the_file(web: WebServer, target: Path) -> None:
    web.content["/model.bin"] = BODY
    web.headers["Content-MD5"] = header_digest("md5", BODY[:1])

    bring(web, target)

    assert (target / "model.bin").read_bytes() == BODY


def test_what_only_the_answer_with_all_of_a_file_says_is_heard(web: WebServer) -> None:
    web.content["/model.bin"] = BODY
    web.headers["Content-MD5"] = header_digest("md5", BODY)
    store = open_store(Location(web.url, "http", web.url + "/model.bin"))
    (file,) = store.files()
    before = store.digests(file)

    list(store.read(file, 0, None))

    assert before == ()
    assert [digest.source for digest in store.digests(file)] == ["Content-MD5"]
    assert store.confirmed(file, store.digests(file)[0]) is None
