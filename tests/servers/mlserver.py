"""MLServer serving one model, as KServe's runtime ``kserve-mlserver`` starts it in a pod."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from servers.environments import environment
from servers.v2 import free_ports, serving

_PINS = Path(__file__).parent / "mlserver" / "requirements.txt"
_START = "from mlserver.cli import main; main()"


@contextmanager
def mlserver(models: Path, runtime: Mapping[str, str], log: Path) -> Iterator[str]:
    """Run MLServer on ``models``; yield its address once it is ready: its model is loaded.

    Args:
        models: what a pod has at ``/mnt/models``.
        runtime: variables of the container, as a ServingRuntime sets them for a pod. This machine's ports stand in
            for the pod's, and ``models`` for ``/mnt/models``.
        log: file for what it says.

    Raises:
        RuntimeError: it cannot be installed, or does not start; with what it said.
    """
    http, grpc, metrics = free_ports(3)
    here = {
        "MLSERVER_HOST": "127.0.0.1",
        "MLSERVER_HTTP_PORT": str(http),
        "MLSERVER_GRPC_PORT": str(grpc),
        "MLSERVER_METRICS_PORT": str(metrics),
    }
    there = {name: value.replace("/mnt/models", str(models)) for name, value in runtime.items()}
    command: list[str | Path] = [environment("mlserver", _PINS), "-c", _START, "start", there["MLSERVER_MODELS_DIR"]]
    with serving(command, there | here, log, f"http://127.0.0.1:{http}/v2/health/ready") as url:
        yield url
