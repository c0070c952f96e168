"""The agent, put together: a folder, a server, a watch, two ports."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import urllib3

from mr_client.logs import step
from mr_client.receipt import Receipt
from mr_client.storage.copy.stop import Stop
from mr_model_agent.agent import Agent
from mr_model_agent.bringing import bring, check_environment
from mr_model_agent.folder import ModelFolder
from mr_model_agent.front import Asked, Forward
from mr_model_agent.http_server import listening
from mr_model_agent.metrics import Metrics
from mr_model_agent.reading import ModelsFile
from mr_model_agent.server_calls import ModelServer
from mr_model_agent.sharing import Sharing
from mr_model_agent.steps import Steps
from mr_model_agent.watch import changes

__all__ = ["AgentSettings", "run_agent"]

logger = logging.getLogger(__name__)

_FILE = "models.json"


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """What an agent works on, and how hard. The defaults are the Go agent's, where it has one."""

    config_dir: Path = Path("/mnt/configs")
    model_dir: Path = Path("/mnt/models")
    server_url: str = "http://localhost:8080"
    port: int = 9081
    """Where requests are handed on to the server."""
    admin_port: int = 9092
    """Where ``/metrics`` and ``/readyz`` are."""
    parallel: int = 2
    """Models that are worked at at once."""
    interval: float = 2.0
    """Seconds after which ``models.json`` is looked at, even if nobody says that it has changed."""
    check_interval: float = 10.0
    """Seconds after which the server is asked whether it still has what it loaded."""
    longest: float = 60.0
    """Seconds between two tries, at most."""
    load_timeout: float = 600.0
    """Seconds that the server may take to load a model."""
    patience: float = 60.0
    """Seconds to wait for another agent in ``model_dir`` to end: twice what Kubernetes gives a container for it."""


def run_agent(
    settings: AgentSettings,
    *,
    environ: Mapping[str, str],
    stop: threading.Event,
    listens: Callable[[int, int], object] = lambda port, admin_port: None,
) -> None:
    """Keep the models as ``models.json`` says, until ``stop`` is set.

    Args:
        settings: what to work on.
        environ: environment variables, for the registry, credentials and how to copy.
        stop: ends it, after the steps that are being done.
        listens: told of the two ports, once they answer.

    Raises:
        InvalidSettings: a variable has a value that cannot be used.
        UsageError, NotAllowed, TransferError: the folder of models cannot be written, or a port is taken; or another agent is at
            work in the folder.
    """
    check_environment(environ)
    server = ModelServer(settings.server_url, timeout=settings.load_timeout)
    folder = ModelFolder(settings.model_dir)
    file = settings.config_dir / _FILE
    metrics, sharing = Metrics(), Sharing()

    def brought(uri: str, incoming: Path, stop: Stop) -> Receipt:
        with sharing.connections() as connections:
            return bring(uri, incoming, environ=environ, connections=connections, stop=stop)

    http = urllib3.PoolManager(
        maxsize=64, retries=False, timeout=urllib3.Timeout(connect=5.0, read=settings.load_timeout)
    )
    try:
        with folder.occupied(patience=settings.patience):
            folder.prepare()
            steps = Steps(folder, server, brought, metrics)
            agent = Agent(steps, metrics, parallel=settings.parallel, longest=settings.longest)
            asking = threading.Lock()

            def counted() -> bytes:
                with asking:
                    agent.tell()
                    return metrics.text()

            with (
                listening(Asked, settings.admin_port, ready=lambda: agent.ready, metrics=counted) as admin_port,
                listening(Forward, settings.port, ready=lambda: agent.ready, http=http, server_url=server.url) as port,
            ):
                logger.info(
                    "following %s for %s: requests on port %d, /metrics and /readyz on port %d",
                    *(file, settings.model_dir, port, admin_port),
                    extra=step("listening", port=port, admin_port=admin_port),
                )
                listens(port, admin_port)
                agent.start()
                checking = threading.Thread(
                    target=_check, args=(agent, sharing, settings.check_interval, stop), daemon=True
                )
                checking.start()
                models = ModelsFile(file, metrics)
                for _ in changes(settings.config_dir, stop, interval=settings.interval):
                    if reading := models.read():
                        agent.want(reading)
                agent.stop()
                checking.join()
    finally:
        http.clear()
        server.close()
        sharing.close()


def _check(agent: Agent, sharing: Sharing, interval: float, stop: threading.Event) -> None:
    while not stop.wait(interval):
        agent.check()
        sharing.clear()
