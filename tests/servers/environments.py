"""A Python with what a server needs that clashes with what is pinned here; made on first use, and kept.

It is in the user's cache, where every checkout finds it: one for each set of pins and each Python. Several runs that
want it at once wait for the one that makes it. Whoever deletes it has it made again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["environment"]


def environment(name: str, pins: Path) -> Path:
    """Return the Python of an environment that holds ``pins`` and nothing else.

    Args:
        name: what it is for; its folder's name begins with it.
        pins: a file of requirements that names everything, with hashes. No dependency is added to it, and no
            ``Requires-Python`` heeded: MLServer 1.7 says "<3.13", and runs on 3.13.

    Raises:
        RuntimeError: it cannot be made; with what uv or pip said.
    """
    made_of = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = _cache() / f"{name}-{platform.python_version()}-{made_of}"
    python = folder / "bin" / "python"
    if _runs(python):
        return python
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _runs(python):  # another run may have made it meanwhile
            begun = folder.parent / f".{folder.name}"
            for old in (begun, folder):  # of a run that was killed; of a Python that is gone
                shutil.rmtree(old, ignore_errors=True)
            for command in _commands(begun, pins):
                _run(name, command)
            begun.rename(folder)
    return python


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mr-client"


def _runs(python: Path) -> bool:
    return python.exists()  # a link, whose Python may have been removed


def _commands(folder: Path, pins: Path) -> list[list[str | Path]]:
    python = folder / "bin" / "python"
    pinned: list[str | Path] = ["--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", pins]
    if uv := shutil.which("uv"):
        return [
            [uv, "venv", "--quiet", "--python", sys.executable, folder],
            [uv, "pip", "install", "--python", python, *pinned],
        ]
    # Compiled when it is first imported: most of it never is.
    ours = ["--disable-pip-version-check", "--no-compile", "--ignore-requires-python"]
    return [
        [sys.executable, "-m", "venv", folder],
        [python, "-m", "pip", "install", *ours, *pinned],
    ]


def _run(name: str, command: Sequence[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout)[-2000:]
        raise RuntimeError(f"{name} cannot be installed, so it is not tried; {Path(command[0]).name} says: {said!r}")
