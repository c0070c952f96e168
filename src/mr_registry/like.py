"""Which pattern of SQLite's GLOB matches what a LIKE pattern of other databases does?

GLOB, because SQLite's own LIKE takes no account of case.
"""

from __future__ import annotations

_WILDCARDS = {"%": "*", "_": "?"}


def to_glob(pattern: str) -> str:
    """Return the GLOB pattern. A backslash takes its meaning from the character behind it."""
    glob: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            glob.append(_literal(next(characters, character)))
        else:
            glob.append(_WILDCARDS.get(character) or _literal(character))
    return "".join(glob)


def _literal(character: str) -> str:
    return f"[{character}]" if character in "*?[" else character
