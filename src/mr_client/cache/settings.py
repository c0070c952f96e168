"""Where is the cache of models, and may anything else be asked?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mr_client.errors import InvalidSettings
from mr_client.variables import Variable

__all__ = ["OFFLINE", "VARIABLES", "CacheSettings"]

_CACHE = Variable(
    "MR_CACHE",
    "",
    "folder of the models that a notebook downloads without naming one, shared by all processes; without it, "
    "`mr-client/models` in `XDG_CACHE_HOME`",
)
_XDG = Variable("XDG_CACHE_HOME", "", "folder of all caches; without it, `~/.cache`")
OFFLINE = Variable(
    "MR_OFFLINE", "false", "whether a notebook's `download` and `open` answer from the cache alone, and ask nobody"
)

VARIABLES = (_CACHE, _XDG, OFFLINE)
"""What ``CacheSettings.from_env`` reads."""


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """Which cache, and how it is asked."""

    folder: Path
    """An absolute path."""
    offline: bool = False
    """Whether it alone is asked."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> CacheSettings:
        """Read the settings from environment variables; an empty value counts as unset.

        Raises:
            InvalidSettings: a variable has a value that cannot be used.
        """
        return cls(_folder(environ), OFFLINE.flag(environ) or False)


def _folder(environ: Mapping[str, str]) -> Path:
    if named := _CACHE.read(environ):
        folder = _at_home(Path(named))
        if not folder.is_absolute():
            raise InvalidSettings(f"{_CACHE.name} {named!r} is no absolute path: name a folder from the root on.")
        return folder
    caches = Path(_XDG.read(environ))
    if not caches.is_absolute():  # one that is not is to be ignored (XDG Base Directory Specification)
        caches = _at_home(Path("~/.cache"))
    return caches / "mr-client" / "models"


def _at_home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        raise InvalidSettings(f"There is no home for {str(path)!r}: set {_CACHE.name} to a folder.") from None
