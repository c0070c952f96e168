"""Which of a model's files are wanted?

KServe's two variables, read as its own initializer reads them since 0.17
(``python/storage/kserve_storage/kserve_storage.py``, ``_parse_patterns_from_env`` and ``_should_download``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from mr_client.errors import InvalidSettings
from mr_client.variables import Variable

__all__ = ["VARIABLES", "Wanted"]

_ALLOW = Variable(
    "STORAGE_ALLOW_PATTERNS",
    "",
    "files to bring, of a folder: patterns such as `*.safetensors`, a JSON list or separated by commas; `*` also "
    "stands for slashes; without it, all",
)
_IGNORE = Variable("STORAGE_IGNORE_PATTERNS", "", "files not to bring, likewise; wins over `STORAGE_ALLOW_PATTERNS`")
VARIABLES = (_ALLOW, _IGNORE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Patterns that say which files are brought, held against their paths below the source."""

    allow: tuple[str, ...] = ()
    """A file must match one of them; none of them admits every file."""
    ignore: tuple[str, ...] = ()
    """A file must match none of them."""
    said: tuple[str, str] = field(default=(_ALLOW.name, _IGNORE.name), compare=False)
    """What a message calls the two."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Wanted:
        """Read the patterns from environment variables; an empty value counts as unset.

        Raises:
            InvalidSettings: a variable holds JSON that is no list of texts.
        """
        return cls(_patterns(_ALLOW, environ), _patterns(_IGNORE, environ))

    @classmethod
    def named(
        cls, environ: Mapping[str, str], allow: str | Iterable[str] | None, ignore: str | Iterable[str] | None
    ) -> Wanted:
        """Take the patterns that a caller gives, one or several; where neither is given, those of the environment.

        Raises:
            InvalidSettings: see ``from_env``.
        """
        if allow is None and ignore is None:
            return cls.from_env(environ)
        given = [[each] if isinstance(each, str) else each or () for each in (allow, ignore)]
        return cls(_whole(given[0]), _whole(given[1]), ("allow", "ignore"))

    def admits(self, path: str) -> bool:
        """Return whether a file is brought.

        Args:
            path: where it is below the source, with slashes.
        """
        allowed = not self.allow or any(fnmatchcase(path, pattern) for pattern in self.allow)
        return allowed and not any(fnmatchcase(path, pattern) for pattern in self.ignore)

    def __str__(self) -> str:
        said = zip(self.said, (self.allow, self.ignore), strict=True)
        return " and ".join(f"{name} {list(patterns)}" for name, patterns in said if patterns)


def _patterns(variable: Variable, environ: Mapping[str, str]) -> tuple[str, ...]:
    text = variable.read(environ)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        # A pattern may begin with a bracket, too: [a-c]*. One that goes on with a quote was to be a list.
        if text.startswith('["'):
            raise InvalidSettings(
                f'{variable.name} {text!r} is no JSON list: write ["*.json", "*.bin"] or *.json,*.bin.'
            ) from None
        found = text.split(",")
    if isinstance(found, (str, int, float)) and not isinstance(found, bool):
        found = [text if not isinstance(found, str) else found]
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise InvalidSettings(
            f'{variable.name} {text!r} holds something else than texts: write ["*.json", "*.bin"] or *.json,*.bin.'
        )
    return _whole(found)


def _whole(patterns: Iterable[str]) -> tuple[str, ...]:
    # A folder stands for what is in it, as it does for the hub's own library.
    return tuple(f"{each}*" if each.endswith("/") else each for each in map(str.strip, patterns) if each)
