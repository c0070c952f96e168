"""A model server that speaks V2's repository extension, keeps what it is told, and answers as a test says.

It reads a model as a server would: the files that are in its folder when it is told to load it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from servers.threads import QuietHandler, serving


@dataclass
class StubServer:
    """What it was told, and what it has loaded."""

    folder: Path
    url: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    """``(load | unload, name)``, in order."""
    loaded: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Name → file → content, as it was read."""
    there: list[bool] = field(default_factory=list)
    """For each call, whether the model's folder was there."""
    statuses: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """``(verb, name)`` → statuses that are answered first."""
    reads: bool = True
    """Whether it reads a model's files at all."""
    says_ready: bool = True
    """Whether it knows which models are ready."""
    questions: int = 0
    """How often it was asked."""
    held: dict[str, threading.Event] = field(default_factory=dict)
    """Name → loading it waits for this."""
    told: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, verb: str, name: str, times: int = 1, seconds: float = 20.0) -> None:
        """Wait until it was told so often."""
        with self.told:
            assert self.told.wait_for(lambda: self.calls.count((verb, name)) >= times, seconds), self.calls

    def ask(self, verb: str, name: str) -> int:
        """Do what it is told; return the status."""
        if verb == "load" and name in self.held:
            self.held[name].wait(20)
        with self.told:
            folder = self.folder / name
            self.calls.append((verb, name))
            self.there.append(folder.is_dir())
            self.told.notify_all()
            waiting = self.statuses.get((verb, name))
            status = waiting.pop(0) if waiting else 200
            if status != 200:
                return status
            if verb == "unload":
                return 200 if self.loaded.pop(name, None) is not None else 404
            if not folder.is_dir():
                return 404
            self.loaded[name] = {
                str(path.relative_to(folder)): path.read_bytes()
                for path in folder.rglob("*")
                if self.reads and path.is_file() and not path.name.startswith("SUCCESS.")
            }
            return 200


class _Handler(QuietHandler):
    server_: StubServer

    def do_GET(self) -> None:
        match self.path.split("/"):
            case ["", "v2", "models", name, "ready"]:
                self.server_.questions += 1
                self.answer(200 if self.server_.says_ready and name in self.server_.loaded else 404)
            case ["", "v2", "health", "ready"]:
                self.answer(200, b'{"ready":true}', **{"Content-Type": "application/json"})
            case ["", "headers"]:
                self.answer(200, str(self.headers).encode())
            case _:
                self.answer(404, f"no {self.path}".encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        match self.path.split("/"):
            case ["", "v2", "repository", "models", name, ("load" | "unload") as verb]:
                status = self.server_.ask(verb, name)
                self.answer(status, b"{}" if status == 200 else b"no\nsuch luck")
            case ["", "v2", "models", name, "infer"]:
                self.answer(200 if name in self.server_.loaded else 404, body, **{"X-Model": name})
            case _:
                self.answer(404)


@contextmanager
def model_server(folder: Path) -> Iterator[StubServer]:
    """Serve models from ``folder``."""
    stub = StubServer(folder)
    with serving(_Handler, server_=stub) as stub.url:
        yield stub
