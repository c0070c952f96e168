"""How does a log line read, to a person and to a machine?

A step of the work says its numbers twice: in the message, and, by ``step``, as keys of a line of
JSON. ``docs/pod.md`` lists them.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

__all__ = ["LogFormat", "ending", "inert", "logging_to", "step"]

LogFormat = Literal["text", "json"]

_OURS = ("mr_client", "mr_model_agent")


def step(name: str, **numbers: object) -> dict[str, dict[str, object]]:
    """Return what a log call takes as ``extra``: the step's name, and its numbers."""
    return {"step": {"step": name, **numbers}}


@contextmanager
def logging_to(stream: TextIO | None, form: LogFormat, level: int) -> Iterator[None]:
    """Write what is logged to ``stream``: our own lines from ``level`` on, those of libraries from WARNING on.

    Args:
        stream: usually ``sys.stderr``; None where there is none.
        form: text for a person, or an object of JSON a line.
        level: such as ``logging.INFO``.
    """
    handler: logging.Handler = logging.NullHandler() if stream is None else logging.StreamHandler(stream)
    handler.setFormatter(_Json() if form == "json" else _Text())
    root = logging.getLogger()
    root.addHandler(handler)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    try:
        yield
    finally:
        root.removeHandler(handler)
        for name in _OURS:
            logging.getLogger(name).setLevel(logging.NOTSET)


def ending(
    form: LogFormat, sentence: str, error: Exception | None = None, *, level: str = "info", **record: Any
) -> str:
    """Return the line that says how it ended: as text the sentence alone, since Kubernetes shows the last lines.

    Args:
        form: as in ``logging_to``.
        sentence: for a person.
        error: whose traceback goes before it.
        level: for a machine, as is all that follows.
        record: ``step``, and what is known.
    """
    sentence = " ".join(sentence.split())
    trace = "".join(traceback.format_exception(error)) if error is not None else ""
    if form == "text":
        return inert(trace, lines=True) + inert(sentence)
    return _json(time.time(), level, sentence, record, trace)


def inert(text: str, *, lines: bool = False) -> str:
    """Return ``text`` with escapes in place of what would steer a terminal, or turn what it shows around.

    Args:
        text: what others may have written a part of.
        lines: whether it has several.
    """
    return "".join(each if each.isprintable() or (lines and each == "\n") else repr(each)[1:-1] for each in text)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        trace = "\n" + self.formatException(record.exc_info) if record.exc_info else ""
        message = inert(record.getMessage())
        return f"{self.formatTime(record)} {record.levelname} {message}{inert(trace, lines=True)}"


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        return _json(record.created, record.levelname.lower(), record.getMessage(), getattr(record, "step", {}), trace)


def _json(when: float, level: str, message: str, numbers: Mapping[str, object], trace: str) -> str:
    time_ = datetime.fromtimestamp(when, UTC).isoformat(timespec="milliseconds")
    line = {"time": time_, "level": level, "message": message, **numbers} | ({"traceback": trace} if trace else {})
    return json.dumps(line, default=str)
