"""How work is shared between threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from mr_client.storage.copy.workers import Workers

_PATIENCE = 20.0
"""Seconds for another thread to come: far more than it takes."""


def test_each_worker_keeps_to_a_lane_of_its_own_while_there_are_enough() -> None:
    workers = Workers(2, "test")
    met = threading.Barrier(2, timeout=_PATIENCE)
    rounds: list[str] = []

    def opens(name: str) -> Callable[[], None]:
        def task(number: int) -> None:
            met.wait()
            rounds.append(f"{name}{number}")
            met.wait()

        return lambda: workers.share([lambda: task(1), lambda: task(2), lambda: task(3)])

    workers.run([opens("a"), opens("b")])

    assert [sorted(rounds[place : place + 2]) for place in (0, 2, 4)] == [["a1", "b1"], ["a2", "b2"], ["a3", "b3"]]


def test_workers_share_the_last_lane() -> None:
    workers = Workers(3, "test")
    together = threading.Barrier(3, timeout=_PATIENCE)

    def waits() -> None:
        together.wait()

    workers.run([lambda: workers.share([waits] * 3)])

    assert not together.broken


def test_a_lane_is_finished_before_the_next_is_opened_by_one_worker() -> None:
    workers = Workers(1, "test")
    done: list[str] = []

    def opens(name: str) -> Callable[[], None]:
        return lambda: workers.share([lambda: done.append(f"{name}1"), lambda: done.append(f"{name}2")])

    workers.run([opens("a"), opens("b")])

    assert done == ["a1", "a2", "b1", "b2"]


def test_a_task_that_is_to_be_first_comes_before_the_others() -> None:
    workers = Workers(1, "test")
    done: list[str] = []

    workers.run([lambda: workers.first(lambda: done.append("again")), lambda: done.append("next")])

    assert done == ["again", "next"]


def test_an_error_ends_the_work_of_all() -> None:
    workers = Workers(2, "test")

    def fails() -> None:
        raise ValueError("the disk is full")

    def waits() -> None:
        assert workers.stopping.wait(_PATIENCE)

    with pytest.raises(ValueError, match="disk is full"):
        workers.run([lambda: workers.share([waits, fails, waits, waits])])


def test_the_first_error_is_raised_and_not_one_that_comes_of_it() -> None:
    for _ in range(300):  # which of the two threads ends first is the system's to say
        workers = Workers(2, "test")
        both = threading.Barrier(2, timeout=_PATIENCE)

        def fails(both: threading.Barrier = both) -> None:
            both.wait()
            raise ConnectionError("the network broke")

        def comes_of_it(both: threading.Barrier = both, workers: Workers = workers) -> None:
            both.wait()
            workers.stopping.wait(_PATIENCE)
            raise InterruptedError("somebody said stop")

        with pytest.raises(ConnectionError):
            workers.run([fails, comes_of_it])
