"""A real S3 server on loopback, for the demo and the tests."""

from __future__ import annotations

import functools
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec

HERE = Path(__file__).parent
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where the server is, and who may use it."""

    name: str
    endpoint: str
    access_key: str
    secret_key: str
    ready: str
    """An address that answers 200 when the server is up."""

    @property
    def environ(self) -> dict[str, str]:
        """What KServe injects for a secret with these credentials."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def filesystem(self) -> Any:
        """Return s3fs's file system of this server, as a user would have it."""
        return fsspec.filesystem(
            "s3",
            key=self.access_key,
            secret=self.secret_key,
            endpoint_url=self.endpoint,
            client_kwargs={"region_name": "us-east-1"},
            config_kwargs={"s3": {"addressing_style": "path"}},
            skip_instance_cache=True,
            use_listings_cache=False,
        )

    def make_bucket(self, name: str) -> None:
        """Create a bucket; not by s3fs's mkdir, which names the region us-east-1, and S3 refuses that name."""
        _filesystem(self).call_s3("create_bucket", Bucket=name)


@functools.cache
def _filesystem(server: S3Server) -> Any:
    """Return one file system for all buckets: making its client takes longer than making a bucket."""
    return server.filesystem()


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Run an S3 server that keeps its data in ``folder``: Swift on Linux, moto's elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    for attempt in range(_ATTEMPTS):
        process, server = _started(folder / str(attempt))
        try:
            _wait(process, server, folder / f"{attempt}.log")
            break
        except RuntimeError:
            _stop(process)
            if attempt == _ATTEMPTS - 1:
                raise
    try:
        yield server
    finally:
        _stop(process)


def _started(folder: Path) -> tuple[subprocess.Popen[bytes], S3Server]:
    """Start a server on free ports, which another program may take before it does."""
    proxy, *others = _free_ports(4)
    endpoint = f"http://127.0.0.1:{proxy}"
    if sys.platform == "linux":
        command = [sys.executable, str(HERE / "swift_s3.py"), str(folder), str(proxy), *map(str, others)]
        server = S3Server("OpenStack Swift", endpoint, "test:tester", "testing", ready=f"{endpoint}/healthcheck")
    else:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(proxy)]
        server = S3Server("moto", endpoint, "testing", "testing", ready=f"{endpoint}/moto-api/")
    with folder.with_suffix(".log").open("w") as log:
        return subprocess.Popen(command, stdout=log, stderr=log), server


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], server: S3Server, log: Path, seconds: float = 60) -> None:
    """Return when the server answers.

    Raises:
        RuntimeError: it ended instead, or the time is over.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(server.ready, timeout=5) as answer:  # noqa: S310 - our own loopback address
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"The S3 server did not start:\n{log.read_text()[-2000:]}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
