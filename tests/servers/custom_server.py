"""``examples/custom-model-server``, with what its README has installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.environments import environment
from servers.v2 import free_ports, serving

EXAMPLE = Path(__file__).parents[2] / "examples" / "custom-model-server"


@contextmanager
def custom_server(models: Path, log: Path) -> Iterator[str]:
    """Run the example on ``models``; yield its address once it lives.

    Raises:
        RuntimeError: it cannot be installed, or does not start; with what it said.
    """
    [port] = free_ports(1)
    flags: list[str | Path] = ["--model_dir", models, "--http_port", str(port), "--enable_grpc", "false"]
    python = environment("custom-server", EXAMPLE / "requirements.txt")
    with serving([python, EXAMPLE / "server.py", *flags], {}, log, f"http://127.0.0.1:{port}/v2/health/live") as url:
        yield url
