"""How soon is a model loaded, once ``models.json`` names it: ``scripts/bench agent [--go-agent FILE]``.

Each agent is its program in a process of its own; ConfigMap, web server and model server are in this one. KServe's agent,
if one is given (``go build ./cmd/agent`` in a checkout of kserve/kserve), calls ``localhost:8080`` and nobody else, so that port
must be free.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

MODELS = 20
PORT = 8080
MODEL = b"a small model" * 100
PROBE = {"tcpSocket": {"port": PORT, "host": "127.0.0.1"}}


class World(BaseHTTPRequestHandler):
    """The model server, which notes when it is told to load a model, and the store that has it."""

    protocol_version = "HTTP/1.1"
    told: ClassVar[dict[str, float]] = {}
    heard = threading.Condition()

    def do_POST(self) -> None:
        """Load, or unload."""
        name, verb = self.path.split("/")[-2:]
        with self.heard:
            if verb == "load":
                self.told[name] = time.perf_counter()
            self.heard.notify_all()
        self._answer(b"{}")

    def do_GET(self) -> None:
        """Say that all is well, or give the model."""
        self._answer(MODEL if self.path.startswith("/store/") else b"{}")

    def do_HEAD(self) -> None:
        """Say how big it is."""
        self.do_GET()

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/octet-stream")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle(self) -> None:
        """Answer, until the other side has heard enough: it may go in the middle of an answer."""
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--go-agent", type=Path, help="KServe's agent, to be measured as well")
    asked = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", PORT), World)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("| agent | median, ms | most, ms | its memory at the peak, MiB |\n|---|---|---|---|")
    program = Path(sys.executable).parent / "mr-model-agent"
    row("`mr-model-agent`", [program, "--server-url", f"http://127.0.0.1:{PORT}", "--port", "0", "--admin-port", "0"])
    if asked.go_agent:
        row("KServe's", [asked.go_agent, "--enable-puller", "--port", "9081"])
    server.shutdown()
    server.server_close()


def row(name: str, command: list[str | Path]) -> None:
    """Name one model more, again and again, and print how long each took to be loaded."""
    World.told.clear()
    with tempfile.TemporaryDirectory() as folder, running(command, Path(folder)) as process:
        configs = Path(folder, "configs")
        write(configs, 1)
        loaded("m0")  # what is there at the beginning takes the start of the program
        took = []
        for count in range(2, MODELS + 2):
            begun = time.perf_counter()
            write(configs, count)
            took.append((loaded(f"m{count - 1}") - begun) * 1000)
            time.sleep(0.2)  # what comes after a load is not the next one's
        peak = next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in line)
    print(
        f"| {name} | {statistics.median(took):.0f} | {max(took):.0f} | {int(peak.split()[1]) / 1024:.0f} |", flush=True
    )


@contextmanager
def running(command: list[str | Path], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run an agent on the folders ``configs`` and ``models``."""
    (folder / "models").mkdir()
    write(folder / "configs", 0)
    flags: list[str | Path] = ["--config-dir", folder / "configs", "--model-dir", folder / "models"]
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "SERVING_READINESS_PROBE": json.dumps(PROBE)}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen([*command, *flags], env=environ, stderr=log, stdout=log) as agent,
    ):
        try:
            yield agent
        except TimeoutError as error:
            raise SystemExit(f"{error}; {(folder / 'log').read_text()[-2000:]}") from None
        finally:
            agent.kill()


def write(folder: Path, count: int) -> None:
    """Name so many models as the kubelet does: in a new folder, for which a link is swapped."""
    version = folder / f"..{time.monotonic_ns()}"
    version.mkdir(parents=True)
    (version / "models.json").write_text(json.dumps([entry(number) for number in range(count)]))
    (folder / "..data_tmp").symlink_to(version.name)
    (folder / "..data_tmp").rename(folder / "..data")
    if not (folder / "models.json").is_symlink():
        (folder / "models.json").symlink_to("..data/models.json")


def entry(number: int) -> dict[str, object]:
    """Return a model as KServe writes it."""
    uri = f"http://127.0.0.1:{PORT}/store/m{number}/model.bin"
    return {"modelName": f"m{number}", "modelSpec": {"storageUri": uri, "framework": "sklearn", "memory": "1Mi"}}


def loaded(name: str) -> float:
    """Return when a model was told to be loaded.

    Raises:
        TimeoutError: it was not within half a minute.
    """
    with World.heard:
        if not World.heard.wait_for(lambda: name in World.told, 30):
            raise TimeoutError(f"{name} was not loaded")
        return World.told[name]


if __name__ == "__main__":
    main()
