"""Write the files of a plan to a store, each whole or absent.

Work is one queue, as that of a copy: whoever begins a large file reads it from its first byte to
its last, for its digests, and the others send each part as soon as it is digested, while the
system still has it in memory. Of our own it takes a piece for each worker, whatever the size.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from mr_client.storage.copy.carry import answered
from mr_client.storage.copy.pace import Pace
from mr_client.storage.copy.progress import NoProgress, Progress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.copy.workers import Task, Workers
from mr_client.storage.upload.body import Body, Content, Stopped
from mr_client.storage.upload.outgoing import OutgoingFile, UploadPlan
from mr_client.storage.upload.writer import Parts, Writer

__all__ = ["send_files"]

T = TypeVar("T")


def send_files(
    plan: UploadPlan,
    writer: Writer,
    *,
    replaces: Collection[str] = frozenset(),
    settings: CopySettings = CopySettings(),
    progress: Progress = NoProgress(),
) -> Mapping[str, str]:
    """Write the files of ``plan``; each is whole or absent under its key. After an error the finished ones stay.

    Args:
        plan: what goes where.
        writer: writes it.
        replaces: keys under which something may be; whatever else is there by the time it is written stays.
        settings: how hard to work; ``range_size`` is that of a part.
        progress: told of bytes as they are sent.

    Returns:
        Name → SHA-256 in hexadecimal of what was written.

    Raises:
        AlreadyExists: somebody else has written one of the files meanwhile.
        FilesNotFound, NotAllowed: a file cannot be read, or the place cannot be written.
        SourceChanged: a file changed while it was read.
        TransferError: the network or a disk failed.
        VerificationFailed: the store has something else than what was sent.
    """
    sending = _Sending(writer, replaces, settings, progress)
    progress.begin(len(plan.files), plan.size)
    try:
        sending.run(plan)
    finally:
        sending.close()
        progress.end()
    return sending.digests


@dataclass(slots=True, eq=False)
class _Begun:
    """A file in parts."""

    content: Content
    parts: Parts
    left: int = 1
    """What is still to be done: parts, and to find their ends."""


class _Sending:
    """One upload while it runs."""

    def __init__(self, writer: Writer, replaces: Collection[str], settings: CopySettings, progress: Progress) -> None:
        self.digests: dict[str, str] = {}
        self._writer = writer
        self._replaces = replaces
        self._settings = settings
        self._progress = progress
        self._lock = threading.Lock()
        self._workers = Workers(settings.workers, "mr-upload")
        self._stopping = self._workers.stopping
        self._pace = Pace(settings.wait, settings.rate_limit, self._stopping.wait)
        self._contents: set[Content] = set()
        self._begun: set[_Begun] = set()

    def run(self, plan: UploadPlan) -> None:
        """Send; the largest first, so that the last ones to finish are small."""
        by_size = sorted(plan.files, key=lambda each: -each[0].size)
        self._workers.run(self._unless_stopped(functools.partial(self._begin, *each)) for each in by_size)

    def close(self) -> None:
        """Have the store forget what was begun and not completed."""
        for begun in self._begun:
            begun.parts.abort()
        for content in self._contents:
            content.close()

    def _begin(self, file: OutgoingFile, key: str) -> None:
        content = Content(file, self._writer.whole, self._stopping.is_set)
        with self._lock:
            self._contents.add(content)
        step = self._writer.part_size(file.size, self._settings.range_size)
        if step is not None and file.size > step:
            self._in_parts(content, key, step)
            return
        for stop in (*range(self._settings.range_size, file.size, self._settings.range_size), file.size):
            content.take(stop)
        self._carried(content, 0, file.size, functools.partial(self._writer.put, key, new=key not in self._replaces))
        self._finished(content)

    def _in_parts(self, content: Content, key: str, step: int) -> None:
        parts = self._answered(lambda: self._writer.begin(key, content, new=key not in self._replaces))
        begun = _Begun(content, parts)
        with self._lock:
            self._begun.add(begun)
        size = content.file.size
        for number, stop in enumerate((*range(step, size, step), size), 1):
            extent = content.take(stop)
            with self._lock:
                begun.left += 1
            task = functools.partial(self._part, begun, number, extent.start, extent.stop)
            self._workers.first(self._unless_stopped(task))
        self._one_less(begun)

    def _part(self, begun: _Begun, number: int, start: int, stop: int) -> None:
        self._carried(begun.content, start, stop, functools.partial(begun.parts.send, number))
        self._one_less(begun)

    def _one_less(self, begun: _Begun) -> None:
        with self._lock:
            begun.left -= 1
            if begun.left:
                return
        if self._stopping.is_set():
            raise Stopped
        begun.content.check()
        self._answered(lambda: begun.parts.complete(begun.content))
        with self._lock:
            self._begun.discard(begun)
        self._finished(begun.content)

    def _carried(self, content: Content, start: int, stop: int, send: Callable[[Body], None]) -> None:
        body = Body(content, start, stop, self._advance)
        self._answered(lambda: send(body))

    def _answered(self, question: Callable[[], T]) -> T:
        return answered(question, pace=self._pace, attempts=self._settings.attempts)

    def _finished(self, content: Content) -> None:
        content.close()
        with self._lock:
            self._contents.discard(content)
            self.digests[content.file.name] = content.digest("sha256").hex()

    def _advance(self, size: int) -> None:
        with self._lock:
            self._progress.advance(size)
        if size > 0:
            self._pace.spend(size)

    def _unless_stopped(self, task: Task) -> Task:
        def run() -> None:
            try:
                task()
            except Stopped:
                return  # another worker has the reason

        return run
