"""How does a copy tell how far it is? Lines for a log, a bar on a terminal, a widget in a notebook."""

from __future__ import annotations

import logging
import math
import sys
import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from mr_client.logs import step
from mr_client.storage.amounts import amount, duration

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["BarProgress", "LogProgress", "NoProgress", "Progress", "suited"]


class Progress(Protocol):
    """Told how a copy goes. Calls come from several threads, but one at a time.

    Several copies may follow one another with one object, each between ``begin`` and ``end``.
    """

    def begin(self, files: int, size: int | None, /) -> None:
        """A copy of so many files begins; ``size`` is bytes in all, None where the store does not say."""
        ...

    def already(self, size: int, /) -> None:
        """So many bytes are there from an earlier run: they count as arrived, but not as fast."""
        ...

    def advance(self, arrived: int, /) -> None:
        """So many bytes more have arrived; a negative number takes back what must come again."""
        ...

    def end(self) -> None:
        """No more comes: all has arrived, or an error ended the copy. Without ``begin`` it means nothing."""
        ...


class NoProgress:
    """Says nothing."""

    def begin(self, files: int, size: int | None, /) -> None:
        """Say nothing."""

    def already(self, size: int, /) -> None:
        """Say nothing."""

    def advance(self, arrived: int, /) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


class LogProgress:
    """Writes a line to a log every few seconds; none for a copy that is done before the first is due.

    A line is written when bytes arrive, there is no timer: of a copy that stands still the log
    tells through the attempts that failed, and the next line has the time it stood in its rate.

    Args:
        logger: gets the lines, at level INFO.
        every: seconds between two lines, at least. The rate is that of this span, not of the whole copy.
        clock: seconds, from anywhere.
    """

    def __init__(
        self, logger: logging.Logger, *, every: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._logger = logger
        self._every = every
        self._clock = clock
        self.begin(0, None)

    def begin(self, files: int, size: int | None, /) -> None:
        """Begin to count."""
        self._size = size
        self._there = 0
        self._arrived = 0  # since the last line
        self._since = self._clock()

    def already(self, size: int, /) -> None:
        """Count what was there."""
        self._there += size

    def advance(self, arrived: int, /) -> None:
        """Count what arrived, and write a line if it is time."""
        self._there += arrived
        self._arrived += arrived
        now = self._clock()
        if (seconds := now - self._since) >= self._every:
            rate = max(self._arrived, 0) / seconds
            numbers = {"bytes": self._there, "of": self._size, "bytes_per_second": round(rate)}
            self._logger.info("copied %s", _line(self._there, self._size, rate), extra=step("progress", **numbers))
            self._arrived, self._since = 0, now

    def end(self) -> None:
        """Say nothing: whoever asked for the copy says how it ended."""


class BarProgress:
    """Draws a bar: on a terminal, or as a widget in a notebook that has ipywidgets.

    The bar of a copy that has all its bytes stays, with time and speed; that of another vanishes
    and leaves its place to the error. The variables of tqdm (``TQDM_DISABLE=1``, ``TQDM_MININTERVAL``,
    …) hold for a bar on a terminal. There are no colours that ``NO_COLOR`` could take away.

    Args:
        stream: the terminal; None for the standard error.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._bar: tqdm[Any] | None = None

    def begin(self, files: int, size: int | None, /) -> None:
        """Draw an empty bar."""
        self.end()
        self._bar = _tqdm()(
            desc=f"{files} file{'' if files == 1 else 's'}",
            total=size,
            file=self._stream,
            unit="iB",  # tqdm adds the k, M or G
            unit_scale=True,
            unit_divisor=1024,
            # Pieces come at any pace: look at the clock for each, rather than guess how many to skip.
            miniters=1,
            dynamic_ncols=True,
        )

    def already(self, size: int, /) -> None:
        """Fill the bar as far as it was."""
        if self._bar is not None and not self._bar.disable:
            self._bar.initial += size
            self._bar.last_print_n += size
            self._bar.n += size
            self._bar.refresh()

    def advance(self, arrived: int, /) -> None:
        """Fill the bar as far as it is."""
        if self._bar is not None:
            self._bar.update(arrived)

    def end(self) -> None:
        """Leave the bar if it is full, else take it away."""
        bar, self._bar = self._bar, None
        if bar is None:
            return
        if not bar.total or bar.n < bar.total:
            bar.leave = False
            bar.total = None  # a widget that is not full would stay, in red
        bar.close()


def suited(stream: TextIO | None, logger: logging.Logger) -> Progress:
    """Return what suits where we are: a bar on a terminal or in a notebook, else lines in a log.

    Args:
        stream: where a bar would be drawn, usually ``sys.stderr``; None where there is none.
        logger: gets the lines.
    """
    if _in_notebook() or (stream is not None and not stream.closed and stream.isatty()):
        return BarProgress(stream)
    return LogProgress(logger)


def _in_notebook() -> bool:
    """Tell whether a Jupyter kernel runs us (IPython at a terminal has a shell, but no kernel)."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get_ipython is not None and getattr(get_ipython(), "kernel", None) is not None


def _tqdm() -> type[tqdm[Any]]:
    """Load the bar that suits where we are; only here, because most copies draw none."""
    from tqdm import TqdmWarning

    with warnings.catch_warnings():
        # In a notebook without ipywidgets a bar of text does, and is no reason to warn.
        warnings.simplefilter("ignore", TqdmWarning)
        from tqdm.auto import tqdm
    return tqdm


def _line(there: int, size: int | None, rate: float) -> str:
    """Say how far, how fast, and how long still, as far as that is known."""
    if size is None:
        return f"{amount(there)}, {amount(rate)}/s"
    share = min(100, 100 * there // size) if size else 100
    text = f"{amount(there)} of {amount(size)} ({share}%), {amount(rate)}/s"
    return f"{text}, {duration(math.ceil((size - there) / rate))} left" if rate and there < size else text
