"""What a copy of a large model costs the pod, which requests 100 MiB."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from servers.sparse_s3 import sparse_s3

# The peak is read by the process of itself: what the kernel says to a parent of its child
# includes the parent's own pages, from before the program was loaded.
PROGRAM = """
import os
import sys
from pathlib import Path
from mr_storage_initializer.__main__ import run
os._exit = sys.exit  # which leaves time to read
try:
    run()
finally:
    print(Path("/proc/self/status").read_text())
"""
GIB = 1024**3


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own account of a peak is in /proc")
def test_a_copy_of_2_gib_peaks_under_100_mib(tmp_path: Path, target: Path) -> None:
    with sparse_s3(tmp_path, 2 * GIB) as endpoint:
        environ = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM, "s3://big/model/", target],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run.returncode == 0, run.stderr
    arrived = target / "weights.bin"
    assert arrived.stat().st_size == 2 * GIB
    arrived.unlink()
    peak = re.search(r"VmHWM:\s+(\d+) kB", run.stdout)
    assert peak is not None
    assert int(peak[1]) < 100 * 1024
