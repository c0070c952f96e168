"""How do several threads share work that brings forth more work?"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

__all__ = ["Task", "Workers"]

Task = Callable[[], None]


@dataclass(eq=False, slots=True)
class _Lane:
    """Tasks that get in one another's way, such as the ranges of a file: the kernel lets one thread write to it."""

    tasks: deque[Task]
    busy: int = 0
    """Workers that are at one of them."""


class Workers:
    """Threads that take tasks until nothing is left, and nobody can add to it any more.

    Each keeps to a lane that no other is at, or opens the next one, as long as there is any;
    only then do several share one.

    Args:
        count: how many threads.
        name: of the threads.
    """

    def __init__(self, count: int, name: str) -> None:
        self.stopping = threading.Event()
        """Set when the work is to end: by an error, or from outside."""
        self._count = count
        self._name = name
        self._turn = threading.Condition()
        self._queue: deque[Task] = deque()
        self._lanes: list[_Lane] = []
        self._busy = 0
        self._failed: BaseException | None = None
        """The first error: others come of it, since who waits is told to stop."""

    def run(self, tasks: Iterable[Task]) -> None:
        """Do ``tasks``, and what they add; the first error ends the work, and is raised."""
        self._queue.extend(tasks)
        with ThreadPoolExecutor(self._count, thread_name_prefix=self._name) as pool:
            try:
                for _ in as_completed([pool.submit(self._work) for _ in range(self._count)]):
                    if self._failed is not None:
                        raise self._failed
            except BaseException:
                self.stop()  # an interrupt from the keyboard comes here, too
                raise

    def stop(self) -> None:
        """Take no further task; those that are being done look at ``stopping``."""
        self.stopping.set()
        with self._turn:
            self._turn.notify_all()

    def first(self, task: Task) -> None:
        """Add a task that is to be begun before the others; from within a task."""
        with self._turn:
            self._queue.appendleft(task)
            self._turn.notify_all()

    def share(self, tasks: Iterable[Task]) -> None:
        """Add a lane of tasks; from within a task."""
        with self._turn:
            self._lanes.append(_Lane(deque(tasks)))
            self._turn.notify_all()

    def _work(self) -> None:
        try:
            while (taken := self._take()) is not None:
                task, lane = taken
                try:
                    task()
                finally:
                    with self._turn:
                        self._busy -= 1
                        lane.busy -= 1
                        if self._lanes or not self._busy:
                            self._turn.notify_all()
        except BaseException as error:
            with self._turn:
                self._failed = self._failed or error
            self.stop()

    def _take(self) -> tuple[Task, _Lane] | None:
        with self._turn:
            while not self.stopping.is_set():
                if lane := self._next():
                    task = lane.tasks.popleft()
                    if not lane.tasks and lane in self._lanes:
                        self._lanes.remove(lane)
                    self._busy += 1
                    lane.busy += 1
                    return task, lane
                if not self._busy:
                    return None
                self._turn.wait()  # for what a busy one may add
            return None

    def _next(self) -> _Lane | None:
        """Return the lane to take from: the one with the fewest workers, a new one before one that others are at."""
        lane = min(self._lanes, key=lambda lane: lane.busy, default=None)
        if self._queue and (lane is None or lane.busy):
            return _Lane(deque([self._queue.popleft()]))
        return lane
