"""A server that speaks V2 (the Open Inference Protocol): started, asked, ended."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_SECONDS = 120.0
"""Until it answers: the first time its libraries are compiled, and the machine may have much else to do."""


@contextmanager
def serving(command: Sequence[str | Path], environ: Mapping[str, str], log: Path, up: str) -> Iterator[str]:
    """Run a server on this machine; yield its address once it answers ``up``, an address below it, with 200.

    Raises:
        RuntimeError: it does not start; with what it said.
    """
    with (
        log.open("a") as output,
        subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(log.parent), **environ},
            cwd=log.parent,
            start_new_session=True,
        ) as process,
    ):
        try:
            end = time.monotonic() + _SECONDS
            while not _answers(up):
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{command[0]} did not serve: {log.read_text()[-2000:]}")
                time.sleep(0.05)
            yield up[: up.index("/v2")]
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let it end, for it to take its semaphores along; then end what is left of it and of the processes that it works with."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310
            return True
    except OSError:
        return False


def free_ports(count: int) -> list[int]:
    """Return ports for a server that takes no port 0: below those that the kernel gives to others meanwhile."""
    found: set[int] = set()
    while len(found) < count:
        port = random.randrange(15_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.add(port)
    return sorted(found)


def infer(server: str, model: str, label: str, datatype: str, rows: Sequence[Sequence[float]]) -> dict[str, Any] | int:
    """Return what a model predicts, by the names of its outputs; the status where that is not 200.

    Args:
        server: its address.
        model: its name.
        label: the input's name.
        datatype: the input's, such as ``FP32``.
        rows: the input.
    """
    tensor = {"name": label, "shape": [len(rows), len(rows[0])], "datatype": datatype, "data": rows}
    try:
        told = post(f"{server}/v2/models/{model}/infer", {"inputs": [tensor]})
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    return {output["name"]: output["data"] for output in told["outputs"]}


def post(url: str, body: Mapping[str, Any]) -> Any:
    """Return what is answered to JSON."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)
