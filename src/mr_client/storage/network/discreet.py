"""What may other libraries' logs say of our requests?

Below the level of warnings, botocore writes down session tokens and what it signs, urllib3 whole addresses with the
signatures in them. Programs do not listen; a notebook that sets the root logger to DEBUG does. What these libraries log
while they work for us is dropped; what they log for others, and their warnings, is left as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["discreet"]

_LIBRARIES = frozenset({"aiobotocore", "azure", "botocore", "msal", "s3fs", "urllib3"})
"""Whose loggers are meant, with all below them."""
# A context, not a thread: fsspec works in a thread of its own, and takes the caller's context along.
_for_us: ContextVar[bool] = ContextVar("mr_client asks", default=False)
_seen = 0


@contextmanager
def discreet() -> Iterator[None]:
    """Keep what libraries say of the requests that are made meanwhile out of all logs, but for warnings."""
    _attach()
    token = _for_us.set(True)
    try:
        yield
    finally:
        _for_us.reset(token)


def _unless_for_us(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or not _for_us.get()


def _attach() -> None:
    """Put the filter on each logger: one of a parent is not asked about its children's records."""
    global _seen
    known = logging.root.manager.loggerDict
    if len(known) == _seen:
        return
    for name, logger in list(known.items()):
        if isinstance(logger, logging.Logger) and name.partition(".")[0] in _LIBRARIES:
            logger.addFilter(_unless_for_us)  # once: a second time changes nothing
    _seen = len(known)
