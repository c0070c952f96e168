"""Whole copies from a web server that breaks its promises: the right bytes in the end, or an error and no wrong file."""

from __future__ import annotations

import email.utils
import gzip
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import mr_client
from mr_client.errors import MRClientError, TransferError
from mr_client.storage.copy.carry import pieces
from mr_client.storage.copy.pace import Pace
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.stored import StoredFile
from servers.fake_store import FakeStore
from servers.web import Request, WebServer, etag_of

BODY, OTHER = os.urandom(300_000), os.urandom(300_000)
FAST = CopySettings(workers=1, range_size=100_000, checkpoint=50_000, wait=0.001, timeout=0.25, attempts=3, sync=False)
"""Three ranges, which one worker asks for in order; what it loses by a break is at most one of them."""


@pytest.fixture
def web(web: WebServer) -> Iterator[WebServer]:
    """A web server that holds a model, and lets go of answers that hang when the test is over."""
    web.content["/model.bin"] = BODY
    yield web
    web.hold.set()


def bring(web: WebServer, target: Path, copy: CopySettings = FAST) -> mr_client.Receipt:
    return mr_client.fetch(web.url + "/model.bin", target, environ={}, copy=copy)


def arrived(target: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in target.rglob("*")} if target.exists() else {}


# -- what passes by itself --------------------------------------------------------------------


def reset(request: Request) -> None:
    request.head()
    request.send(request.wanted[:40_000])
    request.reset()


def reset_before_a_word(request: Request) -> None:
    request.reset()


def truncated(request: Request) -> None:
    request.head()
    request.send(request.wanted[:40_000])
    request.hang_up()


def longer_than_said(request: Request) -> None:
    """What comes after the Content-Length is no part of the answer, and spoils the connection for the next one."""
    request.head()
    request.send(request.wanted + b"surplus" * 10)


def shorter_than_the_range(request: Request) -> None:
    """A server may give less than was asked for (RFC 9110, section 15.3.7)."""
    request.head(
        length=10_000, Content_Range=f"bytes {request.start}-{(request.start or 0) + 9_999}/{len(request.body)}"
    )
    request.send(request.wanted[:10_000])


def nonsense(request: Request) -> None:
    request.send(b"\0\1\2 this is no HTTP\r\n\r\n")
    request.hang_up()


def broken_chunks(request: Request) -> None:
    request.head(length=None, Transfer_Encoding="chunked")
    request.send(b"9c40\r\n" + request.wanted[:40_000] + b"\r\nffff\r\n" + request.wanted[40_000:50_000])
    request.hang_up()


def no_chunks(request: Request) -> None:
    request.head(length=None, Transfer_Encoding="chunked")
    request.send(b"this is no size\r\n")
    request.hang_up()


def http_1_0_without_a_length(request: Request) -> None:
    request.handler.protocol_version = "HTTP/1.0"
    request.head(length=None)
    request.send(request.wanted)


def http_1_0_cut_without_a_length(request: Request) -> None:
    request.handler.protocol_version = "HTTP/1.0"
    request.head(length=None)
    request.send(request.wanted[:40_000])


def busy(status: int, retry_after: str) -> Callable[[Request], None]:
    def answer(request: Request) -> None:
        request.head(status, length=0, Retry_After=retry_after, ETag=None, Content_Range=None)

    return answer


def a_minute_ago() -> str:
    return email.utils.formatdate(time.time() - 60, usegmt=True)


PASSING = [
    reset,
    reset_before_a_word,
    truncated,
    longer_than_said,
    shorter_than_the_range,
    nonsense,
    broken_chunks,
    no_chunks,
    http_1_0_without_a_length,
    http_1_0_cut_without_a_length,
    pytest.param(busy(503, "0"), id="503 with seconds"),
    pytest.param(busy(429, "0"), id="429 with seconds"),
    pytest.param(busy(503, a_minute_ago()), id="503 with a date"),
    pytest.param(busy(429, "Wed, 41 Xxx 99999 07:28:00 GMT"), id="429 with no date at all"),
    pytest.param(busy(503, "Wed, 21 Oct 99999 07:28:00 GMT"), id="503 with a year that no calendar has"),
    pytest.param(busy(503, "\u00b2"), id="503 with a digit that is no number"),
    pytest.param(busy(500, ""), id="500"),
    pytest.param(busy(502, ""), id="502"),
]


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("before", [0, 1])
def test_what_passes_by_itself_leaves_the_right_bytes(
    web: WebServer, target: Path, fault: Callable[[Request], None], before: int
) -> None:
    web.answers = [good] * before + [fault, fault]

    bring(web, target)

    assert arrived(target) == {"model.bin": BODY}


def good(request: Request) -> None:
    request.head()
    request.send(request.wanted)


def test_a_server_that_falls_silent_counts_as_broken_after_the_timeout(web: WebServer, target: Path) -> None:
    def silent(request: Request) -> None:
        request.head()
        request.send(request.wanted[:40_000])
        request.handler.wfile.flush()
        web.hold.wait(60)
        request.hang_up()

    def mute(request: Request) -> None:
        web.hold.wait(60)
        request.hang_up()

    web.answers = [silent, mute]
    web.hold.clear()
    # Answers that are not in the list would stop half-way, too, while it is clear.
    web.answers += [good] * 3
    begun = time.monotonic()
    bring(web, target)

    assert arrived(target) == {"model.bin": BODY}
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_first_question_is_asked_again_too(web: WebServer, target: Path, status: int) -> None:
    web.questions = [status, status]

    bring(web, target)

    assert arrived(target) == {"model.bin": BODY}


def test_a_server_that_never_recovers_is_given_up_with_5_and_the_next_run_fetches_the_rest(
    web: WebServer, target: Path
) -> None:
    def soon_cut(request: Request) -> None:
        request.head()
        request.send(request.wanted[:1000])
        request.hang_up()

    web.answers = [good, *[soon_cut] * FAST.attempts]

    with pytest.raises(
        TransferError, match=r"Tried 3 times: check the network and the store, then run again\."
    ) as raised:
        bring(web, target)
    assert raised.value.exit_code == 5
    assert "model.bin" not in arrived(target)
    web.answers.clear()
    receipt = bring(web, target)

    assert arrived(target) == {"model.bin": BODY}
    # The first range was there; of the second a checkpoint would be, but it broke before.
    assert web.sent == receipt.fetched == 200_000


# -- what does not ----------------------------------------------------------------------------


def never_ending(request: Request) -> None:
    request.head(length=None)
    request.send(request.wanted)
    try:
        while True:
            request.send(bytes(65536))
    except OSError:
        request.hang_up()


def never_ending_chunks(request: Request) -> None:
    request.head(length=None, Transfer_Encoding="chunked")
    request.send(b"%x\r\n%b\r\n" % (len(request.wanted), request.wanted))
    try:
        while True:
            request.send(b"10000\r\n" + bytes(65536) + b"\r\n")
    except OSError:
        request.hang_up()


def too_much(request: Request) -> None:
    request.head(length=len(request.wanted) + 5)
    request.send(request.wanted + b"extra")


def all_of_it(request: Request) -> None:
    request.head(200, length=len(request.body), Content_Range=None)
    request.send(request.body)


def another_range(request: Request) -> None:
    request.head(Content_Range=f"bytes 7-{6 + len(request.wanted)}/{len(request.body)}")
    request.send(request.wanted)


def no_range(request: Request) -> None:
    request.head(Content_Range=None)
    request.send(request.wanted)


def a_range_of_digits(request: Request) -> None:
    request.head(Content_Range=f"bytes {request.start}-{'9' * 5000}/{'9' * 5000}")
    request.send(request.wanted)


def an_object_of_another_size(request: Request) -> None:
    request.head(Content_Range=f"bytes {request.start}-{request.stop - 1}/{len(request.body) + 1}")
    request.send(request.wanted)


def compressed(request: Request) -> None:
    data = gzip.compress(request.body)
    request.head(200, length=len(data), Content_Encoding="gzip", Content_Range=None)
    request.send(data)


def refused(request: Request) -> None:
    request.head(403, length=0, Content_Range=None)


LASTING = [
    (never_ending, 5),
    (never_ending_chunks, 5),
    (too_much, 5),
    (all_of_it, 5),
    (another_range, 5),
    (no_range, 5),
    (a_range_of_digits, 5),
    (an_object_of_another_size, 5),
    (compressed, 5),
    (refused, 4),
]


@pytest.mark.parametrize(("fault", "code"), LASTING)
def test_what_does_not_pass_is_an_error_and_the_next_run_fetches_only_the_rest(
    web: WebServer, target: Path, fault: Callable[[Request], None], code: int
) -> None:
    web.answers = [good, *[fault] * 10]

    with pytest.raises(MRClientError) as raised:
        bring(web, target)
    assert raised.value.exit_code == code
    assert "model.bin" not in arrived(target)
    # What a begun file leaves is no more than the file: an answer that never ends does not fill the disk.
    assert all(len(content) <= len(BODY) for content in arrived(target).values())
    web.answers.clear()
    receipt = bring(web, target)

    assert arrived(target) == {"model.bin": BODY}
    # An object that looks like another one is begun again, and nothing is kept of it.
    assert receipt.fetched == web.sent <= (300_000 if fault is an_object_of_another_size else 200_000)


@pytest.mark.parametrize("ranges", [True, False], ids=["in ranges", "whole"])
def test_an_answer_of_all_of_a_file_that_never_ends_is_cut_off(web: WebServer, target: Path, ranges: bool) -> None:
    web.ranges = ranges
    web.answers = [never_ending] * 3

    with pytest.raises(TransferError, match="is longer than the 300000 bytes"):
        bring(web, target, replace(FAST, checkpoint=1_000_000))
    assert all(len(content) <= len(BODY) for content in arrived(target).values())


def test_a_redirect_in_a_circle_is_an_error_that_says_so(web: WebServer, target: Path) -> None:
    web.redirects = {"/model.bin": "/b", "/b": "/model.bin"}

    with pytest.raises(TransferError, match="too many redirects"):
        bring(web, target)
    assert not target.exists()


@pytest.mark.parametrize("length", ["\u00b2", "-5", "9" * 5000])
def test_a_length_that_is_none_is_not_believed(web: WebServer, target: Path, length: str) -> None:
    web.ranges, web.lengths = False, False
    web.headers["Content-Length"] = length

    try:
        bring(web, target)
    except TransferError:
        assert arrived(target) == {} or "model.bin" not in arrived(target)
    else:
        assert arrived(target) == {"model.bin": BODY}


# -- what becomes another object --------------------------------------------------------------


def becomes(web: WebServer, content: bytes) -> Callable[[Request], None]:
    """Give the range that is asked for, and have another object from then on."""

    def answer(request: Request) -> None:
        good(request)
        web.content["/model.bin"] = content

    return answer


@pytest.mark.parametrize("heeds", [True, False], ids=["If-Match is heeded", "If-Match is ignored"])
def test_an_object_that_changes_in_the_middle_is_begun_again(web: WebServer, target: Path, heeds: bool) -> None:
    web.answers = [becomes(web, OTHER), *([] if heeds else [good] * 10)]

    bring(web, target)

    assert arrived(target) == {"model.bin": OTHER}


def test_an_object_that_keeps_changing_is_an_error_and_never_a_mixture(web: WebServer, target: Path) -> None:
    web.answers = [becomes(web, OTHER), good, becomes(web, BODY), good]

    with pytest.raises(TransferError, match="changed twice while it was copied"):
        bring(web, target)
    assert "model.bin" not in arrived(target)
    web.answers.clear()
    bring(web, target)

    assert arrived(target) == {"model.bin": BODY}


def test_an_etag_that_is_made_weak_on_the_way_is_the_same(web: WebServer, target: Path) -> None:
    def weak(request: Request) -> None:
        request.head(ETag=f"W/{etag_of(request.body)}")
        request.send(request.wanted)

    web.answers = [weak] * 3

    assert bring(web, target).fetched == len(BODY)
    assert arrived(target) == {"model.bin": BODY}
    assert len(web.asked) == 4


def test_without_an_etag_the_time_of_the_last_change_pins_an_object(web: WebServer, target: Path) -> None:
    web.etags = False
    web.headers["Last-Modified"] = "Wed, 21 Oct 2015 07:28:00 GMT"

    def change(request: Request) -> None:
        request.head(ETag=None, Last_Modified="Wed, 21 Oct 2015 07:28:00 GMT")
        request.send(request.wanted)
        web.content["/model.bin"] = OTHER
        web.headers["Last-Modified"] = "Wed, 21 Oct 2015 07:28:01 GMT"

    web.answers = [change]
    bring(web, target)

    assert arrived(target) == {"model.bin": OTHER}
    # Of the old content one range was asked for that was given, and one that showed the change.
    assert [asked for _, asked in web.asked][:4] == ["bytes=0-0", "bytes=0-99999", "bytes=100000-199999", "bytes=0-0"]


# -- the limit --------------------------------------------------------------------------------


class Clock:
    """Time that passes while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def sleep(self, seconds: float) -> bool:
        self.now += seconds
        return False


def test_a_rate_limit_holds_on_average_over_all_that_is_carried() -> None:
    clock, store = Clock(), FakeStore({"a": bytes(10_000), "b": bytes(5_000)}, piece=300)
    pace = Pace(0, 1000.0, clock.sleep, lambda: clock.now)

    for file in store.files():
        for _ in pieces(store, file, 0, file.size, pace=pace, attempts=1):
            pass

    assert clock.now - 1000 == pytest.approx(15, rel=0.01)


def test_a_rate_limit_saves_up_nothing_for_a_burst() -> None:
    clock = Clock()
    pace = Pace(0, 1000.0, clock.sleep, lambda: clock.now)

    pace.spend(1000)
    clock.now += 3600
    before = clock.now
    pace.spend(2000)

    assert clock.now - before == pytest.approx(2)


def test_workers_share_a_rate_limit() -> None:
    """Each is told to wait for what the others have taken, too."""
    waits: list[float] = []

    def note(seconds: float) -> bool:
        waits.append(seconds)
        return False

    pace = Pace(0, 1000.0, note, lambda: 0.0)

    for _ in range(4):
        pace.spend(500)

    assert waits == [0.5, 1.0, 1.5, 2.0]


def test_a_store_is_asked_for_no_byte_beyond_its_file() -> None:
    class Generous(FakeStore):
        def read(self, file: StoredFile, start: int, stop: int | None) -> Iterator[bytes]:
            while True:
                yield bytes(300)

    store, taken = Generous({"a": bytes(1000)}), list[bytes]()
    (file,) = store.files()
    given = pieces(store, file, 0, 1000, pace=Pace(0, None, lambda seconds: False), attempts=1)

    with pytest.raises(TransferError, match="is longer than the 1000 bytes its store says"):
        taken.extend(piece for _, piece in given)
    assert sum(map(len, taken)) <= 1000
