"""A pod with an agent in this process, against a stub of a server, a ConfigMap's volume, and files on disk."""

from __future__ import annotations

import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mr_model_agent.run import AgentSettings, run_agent
from servers.config_map import ConfigMap
from servers.model_server import StubServer


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for something that nobody tells."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


@dataclass
class Pod:
    """All that is around an agent."""

    config: ConfigMap
    models: Path
    files: Path
    """Where a test puts a model's files; each is a folder."""
    server: StubServer
    environ: dict[str, str] = field(default_factory=dict)
    settings: AgentSettings = field(default_factory=AgentSettings)
    ports: list[int] = field(default_factory=list)

    def model(self, name: str, **content: str) -> str:
        """Make a model of files, in place of what was there; return its URI."""
        folder = self.files / name
        folder.mkdir(exist_ok=True)
        for file, text in content.items():
            (folder / file).write_text(text)
        return f"file://{folder}"

    @contextmanager
    def agent(self, **settings: Any) -> Iterator[None]:
        """Run an agent meanwhile."""
        stop, failed, listens = threading.Event(), list[BaseException](), threading.Event()

        def heard(port: int, admin_port: int) -> None:
            self.ports = [port, admin_port]
            listens.set()

        def run() -> None:
            try:
                run_agent(replace(self.settings, **settings), environ=self.environ, stop=stop, listens=heard)
            except BaseException as error:
                failed.append(error)
                listens.set()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            assert listens.wait(20)
            yield
        finally:
            stop.set()
            thread.join(30)
            assert not thread.is_alive()
            if failed:
                raise failed[0]

    def get(self, path: str, *, port: int = 1, agent: str = "test") -> tuple[int, str]:
        """Ask the agent; return status and text."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports[port]}{path}", headers={"User-Agent": agent})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    @property
    def ready(self) -> bool:
        """Whether the agent says that it is."""
        return self.get("/readyz")[0] == 200

    def metric(self, name: str) -> float:
        """Return what the agent has counted under a name with its labels."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics")[1], re.MULTILINE)
        return float(found[1]) if found else 0.0

    def settled(self, **models: str) -> None:
        """Wait until exactly these are loaded, with this content of ``m``."""
        until(lambda: self.loaded() == models)

    def loaded(self) -> dict[str, str]:
        """Return what the server has loaded: the content of ``m``, by name."""
        with self.server.told:
            return {name: files["m"].decode() for name, files in self.server.loaded.items()}

    def names(self) -> set[str]:
        """Return the models whose folders are there."""
        return {path.name for path in self.models.iterdir() if not path.name.startswith(".")}
