"""How hard may a copy work, and how closely is it checked?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar, get_args

from mr_client.errors import InvalidSettings
from mr_client.storage.amounts import read_amount
from mr_client.storage.archives.limits import UnpackLimits
from mr_client.storage.digests.digest import Verify
from mr_client.variables import Variable

__all__ = ["VARIABLES", "CopySettings"]

T = TypeVar("T")

_VERIFY = Variable(
    "MR_VERIFY",
    "store",
    "how closely a copy is checked: `size`, `store` (also the store's digests), `full` (also every file as it is on disk)",
)
_WORKERS = Variable("MR_WORKERS", "4", "threads of a copy, each with a connection and 2 MiB; more help over a long way")
_RANGE = Variable("MR_RANGE_SIZE", "64Mi", "bytes asked for at a time; each range costs a round trip")
_ATTEMPTS = Variable("MR_ATTEMPTS", "5", "how often in a row a range may fail before a copy gives up")
_TIMEOUT = Variable("MR_TIMEOUT", "30", "seconds without a byte after which a connection counts as broken")
_RATE = Variable("MR_RATE_LIMIT", "", "bytes a second that a copy may take, such as `100Mi`; empty for as many as come")
_PATIENCE = Variable("MR_PATIENCE", "3600", "seconds to wait for another copy into the same folder")
_SYNC = Variable("MR_SYNC", "true", "whether a copy waits until the disk has it all")
_UNPACK = Variable("MR_UNPACK", "true", "whether an archive that comes alone is unpacked")
_SIZE = Variable("MR_UNPACK_SIZE", "1Ti", "bytes that an archive may become")
_ENTRIES = Variable("MR_UNPACK_ENTRIES", "100000", "files and folders that an archive may hold")
_RATIO = Variable("MR_UNPACK_RATIO", "1100", "how many times its own size an archive may become")

VARIABLES = (
    _VERIFY,
    _WORKERS,
    _RANGE,
    _ATTEMPTS,
    _TIMEOUT,
    _RATE,
    _PATIENCE,
    _SYNC,
    _UNPACK,
    _SIZE,
    _ENTRIES,
    _RATIO,
)


@dataclass(frozen=True, slots=True)
class CopySettings:
    """How hard a copy works."""

    workers: int = 4
    """Threads, each with one connection and about 2 MiB of memory. More help where the network is far away."""
    range_size: int = 64 * 1024 * 1024
    """Bytes asked for at a time: each range costs a round trip, and large files are split into them."""
    attempts: int = 5
    """How often in a row a range may fail without a byte before the copy gives up."""
    wait: float = 0.5
    """Seconds before the second attempt; doubled for each one after, up to 30."""
    timeout: float = 30.0
    """Seconds without a byte after which a connection counts as broken."""
    rate_limit: float | None = None
    """Bytes a second, of all workers together."""
    verify: Verify = "store"
    """How closely what arrived is looked at."""
    patience: float = 3600.0
    """Seconds to wait for another run that is at work in the same folder."""
    sync: bool = True
    """Whether to wait until the disk has it all: without, a power failure may leave files that only look finished."""
    checkpoint: int = 8 * 1024 * 1024
    """Bytes after which the journal takes note: what a killed run loses, at most, for each worker.
    Files up to this size come in one go."""
    unpack: UnpackLimits | None = UnpackLimits()
    """How much an archive that comes alone may become; None leaves it packed."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> CopySettings:
        """Read the settings from environment variables; an empty value counts as unset.

        Raises:
            InvalidSettings: a variable has a value that cannot be used.
        """

        def read(variable: Variable, kind: Callable[[str], T], expected: str) -> T:
            text = variable.read(environ)
            try:
                return kind(text)
            except (ValueError, OverflowError):
                raise InvalidSettings(f"{variable.name} {text!r} is not usable: give {expected}.") from None

        limits = UnpackLimits(
            size=read(_SIZE, read_amount, "bytes, such as 100Gi"),
            entries=read(_ENTRIES, _count, "a whole number above 0"),
            ratio=read(_RATIO, _count, "a whole number above 0"),
        )
        return cls(
            workers=read(_WORKERS, _count, "a whole number above 0"),
            range_size=read(_RANGE, read_amount, "bytes, such as 64Mi"),
            attempts=read(_ATTEMPTS, _count, "a whole number above 0"),
            timeout=read(_TIMEOUT, _seconds, "seconds above 0"),
            rate_limit=read(_RATE, lambda text: read_amount(text) if text else None, "bytes a second, such as 100Mi"),
            verify=read(_VERIFY, verify_level, "size, store or full"),
            patience=read(_PATIENCE, _seconds, "seconds above 0"),
            sync=read(_SYNC, _truth, "true or false"),
            unpack=limits if read(_UNPACK, _truth, "true or false") else None,
        )


def verify_level(text: str) -> Verify:
    """Return the level of that name.

    Raises:
        ValueError: there is none.
    """
    for level in get_args(Verify):
        if text.lower() == level:
            return level  # type: ignore[no-any-return]  # one of its own arguments
    raise ValueError(text)


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number


def _seconds(text: str) -> float:
    if not 0 < (number := float(text)) < math.inf:
        raise ValueError(text)
    return number


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
        raise ValueError(text)
    return text.lower() in ("true", "1", "yes")
