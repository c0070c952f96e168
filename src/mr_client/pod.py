"""How does a program behave in a pod? What it logs, where its last words go, when it begins."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mr_client.errors import InvalidSettings
from mr_client.logs import LogFormat, step
from mr_client.variables import Variable

__all__ = ["VARIABLES", "PodSettings", "last_words", "wait_at_random"]

logger = logging.getLogger(__name__)

_FORMAT = Variable("MR_LOG_FORMAT", "text", "log lines for a person, `text`, or an object a line for a machine, `json`")
_LEVEL = Variable("MR_LOG_LEVEL", "info", "log lines from this level on: `debug`, `info`, `warning` or `error`")
_TERMINATION_LOG = Variable(
    "MR_TERMINATION_LOG", "/dev/termination-log", "where the pod keeps a container's last words, if the file is there"
)
_JITTER = Variable(
    "MR_JITTER", "0", "seconds to wait at most, at random, before the first question: spreads the load of many nodes"
)
VARIABLES = (_FORMAT, _LEVEL, _TERMINATION_LOG, _JITTER)

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_KEPT = 4096
"""Bytes that Kubernetes keeps of last words (kubernetes.io, Container v1: terminationMessagePath)."""


@dataclass(frozen=True, slots=True)
class PodSettings:
    """How a program behaves in a pod."""

    log_format: LogFormat = "text"
    log_level: int = logging.INFO
    termination_log: Path = Path(_TERMINATION_LOG.default)
    jitter: float = 0.0
    """Seconds to wait at most before the first question."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> PodSettings:
        """Read the settings from environment variables; an empty value counts as unset.

        Raises:
            InvalidSettings: a variable has a value that cannot be used.
        """
        form, level, jitter = (each.read(environ) for each in (_FORMAT, _LEVEL, _JITTER))
        if level.lower() not in _LEVELS:
            raise InvalidSettings(f"{_LEVEL.name} {level!r} is no level: give {', '.join(_LEVELS)}.")
        return cls(
            log_format=_form(form),
            log_level=_LEVELS[level.lower()],
            termination_log=Path(_TERMINATION_LOG.read(environ)),
            jitter=_seconds(jitter),
        )


def wait_at_random(
    longest: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    uniform: Callable[[float, float], float] = random.uniform,
) -> None:
    """Wait up to ``longest`` seconds, so that nodes that begin at once do not ask at once; 0 waits not at all.

    Args:
        longest: seconds.
        sleep: stands in for time, for tests.
        uniform: returns a number between two others.
    """
    if longest:
        seconds = uniform(0.0, longest)
        logger.info("waiting %.1f s, of %g at most", seconds, longest, extra=step("wait", seconds=round(seconds, 3)))
        sleep(seconds)


def last_words(text: str, log: Path) -> None:
    """Leave ``text`` for ``kubectl describe``, where Kubernetes has made the file; too much of it is cut off."""
    try:
        with log.open("r+b") as file:
            file.truncate()
            file.write(text.encode(errors="replace")[:_KEPT])
    except OSError:
        pass  # no pod, or one where it cannot be written: stderr has said it


def _form(text: str) -> LogFormat:
    match text.lower():
        case "text":
            return "text"
        case "json":
            return "json"
    raise InvalidSettings(f"{_FORMAT.name} {text!r} is no format: give text or json.")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise InvalidSettings(f"{_JITTER.name} {text!r} is no number of seconds: give 0 or more.")
    return seconds
