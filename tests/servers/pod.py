"""The program as a pod runs it: nothing of the machine's environment, a user nobody knows, a read-only root.

Where this process is not root, or the kernel gives it no mounts of its own, the program runs as this
process's user with the machine's root, which pytest's first lines say.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = Path(sys.executable).with_name("mr-storage-initializer")
UID, GID = 1_000_730_000, 0
"""As OpenShift draws them: no entry in passwd, and the group root."""


@functools.cache
def hardened() -> bool:
    """Return whether the program gets a user and a root of its own here."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    tried = subprocess.run([sys.executable, HERE / "pod_root.py"], capture_output=True, check=False)
    return tried.returncode == 0


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod's volumes."""

    models: Path
    """The one folder that can be written to."""
    secrets: Path
    """What is mounted to be read."""
    termination_log: Path

    def secret(self, name: str, content: str) -> str:
        """Mount a file; return its path."""
        path = self.secrets / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
        path.chmod(0o644)
        return str(path)

    def remove(self, path: Path, uid: int, gid: int) -> subprocess.CompletedProcess[str]:
        """Remove a folder as another user, as KServe's agent does on a node."""
        who = {"user": uid, "group": gid, "extra_groups": []} if hardened() else {}
        return subprocess.run(["/bin/rm", "-r", path], **who, capture_output=True, text=True, check=False)  # type: ignore[call-overload,no-any-return]

    def run(self, *arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the program; ``environ`` is all its environment, but for where its last words go."""
        program = [str(PROGRAM), *map(str, arguments)]
        if hardened():
            root = [str(HERE / "pod_root.py"), f"{self.models}:{self.termination_log}"]
            kept = f"{Path(sys.base_prefix).resolve()}:{HERE.parents[1]}"
            group = str(self.models.stat().st_gid)  # as an fsGroup has it
            program = [sys.executable, "-I", *root, kept, str(UID), str(GID), group, *program]
        said = {"MR_TERMINATION_LOG": str(self.termination_log)}
        return subprocess.run(
            program,
            env={**said, **environ},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            umask=0o077,
        )


@contextmanager
def pod() -> Iterator[Pod]:
    """Make a pod's volumes, where everybody may look for them: pytest's own folders are for one user."""
    folder = Path(tempfile.mkdtemp(prefix="mr-pod-"))
    try:
        folder.chmod(0o755)
        pod = Pod(folder / "models", folder / "secrets", folder / "termination-log")
        pod.models.mkdir()
        pod.models.chmod(0o777)
        pod.secrets.mkdir()
        pod.secrets.chmod(0o755)
        pod.termination_log.touch()
        pod.termination_log.chmod(0o666)
        yield pod
    finally:
        shutil.rmtree(folder)
