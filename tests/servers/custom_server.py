"""``examples/custom-model-server`` as its README has it run: in an environment of its own, which is kept in the user's cache.

What pip installs is pinned, with hashes; it takes a minute and 720 MB, once for each ``requirements.txt``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["EXAMPLE", "custom_server", "free_port", "installed"]

EXAMPLE = Path(__file__).parents[2] / "examples" / "custom-model-server"
_SECONDS = 60.0


@contextmanager
def custom_server(models: Path, log: Path) -> Iterator[str]:
    """Run the example on ``models``; yield its address once it answers.

    Raises:
        RuntimeError: it cannot be installed, or does not start; with what it said.
    """
    port = free_port()  # kserve takes no port 0
    flags: list[str | Path] = ["--model_dir", models, "--http_port", str(port), "--enable_grpc", "false"]
    with (
        log.open("a") as output,
        subprocess.Popen(
            [installed(), EXAMPLE / "server.py", *flags],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(log.parent)},
        ) as process,
    ):
        try:
            url, end = f"http://127.0.0.1:{port}", time.monotonic() + _SECONDS
            while not _lives(url):
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"the custom server did not start: {log.read_text()[-2000:]}")
                time.sleep(0.05)
            yield url
        finally:
            process.kill()


def free_port() -> int:
    """Return a port that nobody had a moment ago."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _lives(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/v2/health/live", timeout=5):  # noqa: S310
            return True
    except OSError:
        return False


def installed() -> Path:
    """Return the Python of the example's environment, installed once for each requirements.txt and version of Python."""
    requirements = EXAMPLE / "requirements.txt"
    named = f"{sys.version_info[:2]} {requirements.read_text()}"
    name = f"custom-server-{hashlib.sha256(named.encode()).hexdigest()[:16]}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mr-client"
    python = cache / name / "bin" / "python"
    if (cache / name / "installed").exists():
        return python
    shutil.rmtree(cache / name, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", cache / name], check=True)
    pip = cache / name / "pip"  # ours may have none: uv made it
    subprocess.run([sys.executable, "-m", "venv", pip], check=True)
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
    run = subprocess.run(
        [pip / "bin" / "python", "-m", "pip", "--python", python, "install", *options, "-r", requirements],
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(pip)
    if run.returncode:
        shutil.rmtree(cache / name)
        raise RuntimeError(f"the custom server cannot be installed; pip says: {run.stderr[-2000:]!r}")
    (cache / name / "installed").touch()
    return python
