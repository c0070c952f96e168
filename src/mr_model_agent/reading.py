"""What does ``models.json`` say now, and is it something else than before?"""

from __future__ import annotations

import logging
from pathlib import Path

from mr_client.logs import step
from mr_model_agent.metrics import Metrics
from mr_model_agent.models_json import InvalidModels, Reading, read_models

__all__ = ["ModelsFile"]

logger = logging.getLogger(__name__)


class ModelsFile:
    """A ``models.json`` that others change. For one thread.

    Args:
        path: the file.
        metrics: told of what is wrong in it.
    """

    def __init__(self, path: Path, metrics: Metrics) -> None:
        self._path = path
        self._metrics = metrics
        self._text: str | None = None
        self._unread = ""
        """What was wrong with it last, so that it is said once."""

    def read(self) -> Reading | None:
        """Return what it says; None where it says what it said before, or cannot be read, which is logged."""
        try:
            text = self._path.read_text(encoding="utf-8")
            if text == self._text:
                return None
            reading = read_models(text, str(self._path))
        except (OSError, ValueError) as error:  # UnicodeDecodeError and InvalidModels are ValueErrors
            self._cannot_read(self._said(error))
            return None
        self._text, self._unread = text, ""
        for problem in reading.problems:
            logger.error("%s", problem, extra=step("config", problem=problem))
        if reading.problems:
            self._metrics.unclear()
        return reading

    def _cannot_read(self, problem: str) -> None:
        self._text = None
        if problem != self._unread:
            self._unread = problem
            self._metrics.unclear()
            logger.error("%s", problem, extra=step("config", problem=problem))

    def _said(self, error: OSError | ValueError) -> str:
        if isinstance(error, InvalidModels):
            return str(error)
        if isinstance(error, FileNotFoundError):
            return f"{self._path} is not there: it is waited for, and what is there stays as it is."
        return f"{self._path} cannot be read ({error}): what is there stays as it is until it can be."
