"""How do several threads share work that brings forth more work?"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed

__all__ = ["Task", "Workers"]

Task = Callable[[], None]


class Workers:
    """Threads that take from one queue until nothing is left, and nobody can add to it any more.

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
        self._busy = 0

    def run(self, tasks: Iterable[Task]) -> None:
        """Do ``tasks``, and what they add; the first error ends the work, and is raised."""
        self._queue.extend(tasks)
        with ThreadPoolExecutor(self._count, thread_name_prefix=self._name) as pool:
            try:
                for worker in as_completed([pool.submit(self._work) for _ in range(self._count)]):
                    worker.result()
            except BaseException:
                self._stop()  # an interrupt from the keyboard comes here, too
                raise

    def first(self, tasks: Iterable[Task]) -> None:
        """Add tasks that are to be done before the others; from within a task."""
        with self._turn:
            self._queue.extendleft(reversed(list(tasks)))
            self._turn.notify_all()

    def _work(self) -> None:
        try:
            while (task := self._take()) is not None:
                try:
                    task()
                finally:
                    with self._turn:
                        self._busy -= 1
                        self._turn.notify_all()
        except BaseException:
            self._stop()
            raise

    def _take(self) -> Task | None:
        with self._turn:
            while not self.stopping.is_set():
                if self._queue:
                    self._busy += 1
                    return self._queue.popleft()
                if not self._busy:
                    return None
                self._turn.wait()  # for what a busy one may add
            return None

    def _stop(self) -> None:
        self.stopping.set()
        with self._turn:
            self._turn.notify_all()
