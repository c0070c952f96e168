"""Which source goes to which folder? A command line, read; nothing is asked or changed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mr_client.errors import NotAllowed, TransferError, UsageError
from mr_client.storage.disk.files import check_folder
from mr_client.storage.locate import shown

__all__ = ["Pair", "read_pairs"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A source and its folder."""

    source: str
    """A URI."""
    destination: Path


def read_pairs(arguments: Sequence[str]) -> tuple[Pair, ...]:
    """Read ``SRC DEST [SRC DEST …]``, as KServe passes it since 0.16.

    Raises:
        UsageError: there is one argument too many, or none; a destination is no folder; two are one
            folder, or one is in the other: the copies would take each other's files for their own.
    """
    if not arguments or len(arguments) % 2:
        raise UsageError(f"{len(arguments)} arguments make no pairs: give a DEST for each SRC.")
    pairs = tuple(Pair(source, Path(folder)) for source, folder in zip(arguments[::2], arguments[1::2], strict=True))
    for pair, folder in zip(pairs, arguments[1::2], strict=True):
        if not folder.strip():
            raise UsageError(f"The destination of {shown(pair.source)!r} is empty: name a folder.")
        with suppress(NotAllowed, TransferError):  # its turn will say so
            check_folder(pair.destination)
    for first, second in itertools.combinations(pairs, 2):
        _check_apart(first.destination, second.destination)
    return pairs


def _check_apart(first: Path, second: Path) -> None:
    inner, outer = second.resolve(), first.resolve()  # two names may be one folder by a link
    if inner == outer:
        raise UsageError(f"{str(first)!r} is the destination of two sources: give each a folder of its own.")
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise UsageError(
            f"The destinations {str(first)!r} and {str(second)!r} are one inside the other: give each a folder of its own."
        )
