"""What does one whole process cost: time, CPU, memory, and what it left behind?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Run", "copy_seconds", "measure"]

# A child inherits its parent's peak until it executes its own program (getrusage(2), ru_maxrss), so
# the one that starts it is a bare interpreter of 9 MiB: less than anything that is measured here.
# The kernel adds up the children and grandchildren that were waited for, and keeps the largest peak.
_STARTER = """
import os, sys, time
begun = time.monotonic()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
wall = time.monotonic() - begun
sys.stdout.write('{"wall": %r, "cpu": %r, "rss": %d, "code": %d}' % (
    wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, os.waitstatus_to_exitcode(status)))
"""
_COPIED = re.compile(r"copied (\d+) files?, (\d+) bytes, in (\d+(?:\.\d+)?) s")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one program."""

    wall: float
    """Seconds from its start to its end."""
    cpu: float
    """Seconds of CPU, user and system, of it and the processes it waited for."""
    rss: int
    """Peak resident memory of its largest process, in bytes."""
    files: int
    size: int
    """Bytes in the destination."""
    copy: float | None = None
    """Seconds of the copy step alone, where the program says so."""


def copy_seconds(stderr: str) -> float | None:
    """Return the seconds that the program's own log gives for its copies, or None where it gives none."""
    found = _COPIED.findall(stderr)
    return sum(float(seconds) for _, _, seconds in found) if found else None


def measure(command: Sequence[str], environ: Mapping[str, str], destination: Path) -> Run:
    """Run ``command`` and say what it cost and what it left in ``destination``.

    Raises:
        SystemExit: it failed; its last words are in the message.
    """
    said = destination.with_name(destination.name + ".stderr")
    with said.open("wb") as stderr, destination.with_name(destination.name + ".stdout").open("wb+") as stdout:
        # Programs write to the same stdout before the starter does: the last line is the starter's.
        ended = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _STARTER, *command], env=environ, stdout=stdout, stderr=stderr
        )
        stdout.seek(0)
        last = stdout.read().decode(errors="replace").rpartition('{"wall"')
    words = said.read_text(errors="replace")
    if ended.returncode or not last[1] or (cost := json.loads(last[1] + last[2]))["code"]:
        raise SystemExit(f"{' '.join(command)[:300]!r} failed:\n{last[0][-1000:]}\n{words[-2000:]}")
    files = [Path(folder, name) for folder, _, names in os.walk(destination) for name in names]
    return Run(
        wall=cost["wall"],
        cpu=cost["cpu"],
        rss=cost["rss"],
        files=len(files),
        size=sum(path.stat().st_size for path in files),
        copy=copy_seconds(words),
    )
