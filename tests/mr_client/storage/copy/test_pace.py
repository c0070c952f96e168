"""One pace for all workers of a copy, by a clock of the test's own."""

from __future__ import annotations

import pytest

from mr_client.storage.copy.pace import Pace


class Time:
    """A clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []
        self.stopping = False

    def sleep(self, seconds: float) -> bool:
        self.slept.append(seconds)
        self.now += max(0.0, seconds)
        return self.stopping

    def clock(self) -> float:
        return self.now


def paced(time: Time, *, wait: float = 1.0, rate_limit: float | None = None) -> Pace:
    return Pace(wait, rate_limit, time.sleep, time.clock)


def test_nobody_waits_before_a_store_complains() -> None:
    time = Time()

    paced(time).ready()

    assert time.slept == []


def test_when_a_store_asks_for_patience_every_worker_waits_that_long() -> None:
    """The one that was told, and the others when they come to ask: with one pace for all."""
    time = Time()
    pace = paced(time)
    told: list[float] = []

    def other_worker(seconds: float) -> bool:
        if not told:
            told.append(time.now)
            time.now += 1  # another worker comes a second later, while the first one sleeps
            pace.ready()
            told.append(time.now)
        time.now += seconds
        return False

    pace = Pace(1.0, None, other_worker, time.clock)
    pace.slow_down(1, 7.0)

    began, other_done = told
    assert other_done - began >= 7.0


def test_without_a_word_of_how_long_the_wait_doubles_up_to_a_limit() -> None:
    waits: list[float] = []
    for attempt in range(1, 12):
        time = Time()
        paced(time).back_off(attempt)
        waits += time.slept

    assert all(2 ** (n - 1) * 0.5 <= min(wait, 15.0) or wait >= 15.0 for n, wait in enumerate(waits, 1))
    assert all(wait <= min(2 ** (n - 1), 30) for n, wait in enumerate(waits, 1))


def test_a_store_that_asks_for_hours_is_taken_for_mistaken() -> None:
    time = Time()

    paced(time).slow_down(1, 86_400.0)

    assert time.now - 100 <= 302


def test_workers_that_were_slowed_down_do_not_come_back_together() -> None:
    ends = set()
    for _ in range(20):
        time = Time()
        paced(time).slow_down(1, 5.0)
        ends.add(round(time.now, 6))

    assert len(ends) > 10


def test_who_is_stopped_waits_no_longer() -> None:
    time = Time()
    time.stopping = True

    paced(time).slow_down(1, 5.0)

    assert len(time.slept) == 1


@pytest.mark.parametrize("piece", [100, 1000, 7777])
def test_bytes_keep_to_the_limit_on_average(piece: int) -> None:
    time = Time()
    pace = paced(time, rate_limit=1000)

    for _ in range(50):
        pace.spend(piece)

    assert time.now - 100 == pytest.approx(50 * piece / 1000)


def test_time_that_was_not_used_is_not_saved_up() -> None:
    """After a pause bytes come at the limit, not in a burst."""
    time = Time()
    pace = paced(time, rate_limit=1000)
    pace.spend(1000)
    time.now += 60

    pace.spend(1000)

    assert time.slept[-1] == pytest.approx(1.0)
