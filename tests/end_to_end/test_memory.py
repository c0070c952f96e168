"""What a copy of a large model costs the pod, which requests 100 MiB.

    MEMORY_MIB=1024 pytest -s tests/end_to_end/test_memory.py

says what each store's copy of so many MiB takes.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import google_crc32c
import pytest

from servers.azurite import ACCOUNT, KEY
from servers.gcs import gcs_server, key_file
from servers.sparse import sparse_server

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
MIB = 1024**2
SIZE = int(os.environ.get("MEMORY_MIB", "256")) * MIB
"""More than what four workers ask for at a time, so that what kept all of it would be seen."""

S3 = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
AZURE = {"AZURE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ACCESS_KEY": KEY}
STORES = {
    "s3": ("s3://big/model/", S3 | {"AWS_ENDPOINT_URL": "URL"}),
    "gs": ("gs://big/model/", {"STORAGE_EMULATOR_HOST": "URL", "GOOGLE_APPLICATION_CREDENTIALS": "FOLDER/KEY"}),
    "azure": ("az://big/model/", AZURE | {"AZURE_SERVICE_URL": f"URL/{ACCOUNT}"}),
    "http": ("URL/weights.bin", {}),
    "hf": ("hf://acme/iris", {"HF_ENDPOINT": "URL"}),
    "webhdfs": ("webhdfs://HOST/model/weights.bin", {}),
}
"""URI and environment, by store."""


def crc32c(size: int) -> str:
    """Return the checksum of zeros."""
    value = 0
    for _ in range(size // MIB):
        value = google_crc32c.extend(value, bytes(MIB))
    return base64.b64encode(value.to_bytes(4, "big")).decode()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own account of a peak is in /proc")
@pytest.mark.parametrize("store", STORES)
def test_a_copy_of_more_than_the_pod_may_have_peaks_under_100_mib(
    emulated_gcs: str, tmp_path: Path, target: Path, store: str
) -> None:
    uri, environ = STORES[store]
    with (
        sparse_server(tmp_path, SIZE, crc32c(SIZE) if store == "gs" else "") as url,
        gcs_server(emulated_gcs) as tokens,
    ):
        tokens.issued = ["first"]
        known = {"URL": url, "HOST": urlsplit(url).netloc, "FOLDER/KEY": str(key_file(tmp_path, tokens))}

        def filled(text: str) -> str:
            return re.sub("FOLDER/KEY|URL|HOST", lambda found: known[found[0]], text)

        run = subprocess.run(
            [sys.executable, "-c", PROGRAM, filled(uri), target],
            env={name: filled(value) for name, value in environ.items()},
            capture_output=True,
            text=True,
            check=False,
        )

    assert run.returncode == 0, run.stderr
    arrived = target / "weights.bin"
    assert arrived.stat().st_size == SIZE
    arrived.unlink()
    if store == "gs":
        assert "crc32c" in run.stderr, "it was checked, too"
    peak = re.search(r"VmHWM:\s+(\d+) kB", run.stdout)
    assert peak is not None
    print(f"{store}: {int(peak[1]) / 1024:.0f} MiB at the peak, for {SIZE // MIB} MiB")  # noqa: T201
    assert int(peak[1]) < 100 * 1024
