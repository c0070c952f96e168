"""``mr-model-agent``, the program: started, told to end, killed, and what its memory is."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import mr_client
from servers.agent_pod import until
from servers.config_map import ConfigMap
from servers.model_server import StubServer, model_server
from servers.sparse import sparse_server
from servers.web import WebServer

PROGRAM = Path(sys.executable).parent / "mr-model-agent"
MIB = 1024**2
MODELS = int(os.environ.get("AGENT_MODELS", "5"))
SIZE = int(os.environ.get("AGENT_MIB", "20")) * MIB
"""What the memory is measured with; docs/agent.md says what 20 models of 100 MiB took."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StubServer]:
    with model_server(tmp_path / "models") as stub:
        yield stub


@contextmanager
def agent(tmp_path: Path, server: StubServer, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """Run the program meanwhile."""
    flags: list[str | Path] = [
        "--config-dir",
        tmp_path / "configs",
        "--model-dir",
        tmp_path / "models",
        "--server-url",
        server.url,
    ]
    with (
        (tmp_path / "log").open("a") as log,
        subprocess.Popen(
            [PROGRAM, "--enable-puller", *flags, "--port", "0", "--admin-port", "0", "--longest-wait", "0.1"],
            env={"AWS_EC2_METADATA_DISABLED": "true", "MR_SYNC": "false", **environ},
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def test_sigterm_ends_it_at_once_with_0_and_the_next_run_goes_on(
    tmp_path: Path, server: StubServer, web: WebServer
) -> None:
    content = os.urandom(24 * MIB)
    web.content["/m"] = content
    web.stop_after = 20 * MIB
    web.hold.clear()
    ConfigMap(tmp_path / "configs").models(a=f"{web.url}/m", b=f"{web.url}/lost")
    with agent(tmp_path, server) as first:
        assert web.held.wait(30)
        until(lambda: any('"wrote"' in each.read_text() for each in tmp_path.rglob(".mr-part-journal")))
        first.send_signal(signal.SIGTERM)
        assert first.wait(5) == 0
    assert not (tmp_path / "models" / "a").exists(), "what is unfinished has no name"
    web.stop_after, web.sent = None, 0
    web.hold.set()
    with agent(tmp_path, server):
        server.wait_for("load", "a")

    assert server.loaded["a"]["m"] == content
    assert web.sent < len(content)


def test_killed_between_loads_it_loses_nothing_and_fetches_nothing_again(
    tmp_path: Path, server: StubServer, web: WebServer
) -> None:
    web.content |= {"/a/m": b"1", "/b/m": b"2"}
    config = ConfigMap(tmp_path / "configs")
    config.models(a=f"{web.url}/a/m")
    with agent(tmp_path, server) as first:
        server.wait_for("load", "a")
        until(lambda: "a: loaded" in (tmp_path / "log").read_text())
        first.kill()
    del web.content["/a/m"]
    config.models(a=f"{web.url}/a/m", b=f"{web.url}/b/m")
    with agent(tmp_path, server):
        server.wait_for("load", "b")

    assert server.calls == [("load", "a"), ("load", "b")]


def test_log_lines_are_objects_where_that_is_asked_for(tmp_path: Path, server: StubServer, web: WebServer) -> None:
    web.content["/m"] = b"1"
    ConfigMap(tmp_path / "configs").models(a=f"{web.url}/m")
    with agent(tmp_path, server, MR_LOG_FORMAT="json"):
        server.wait_for("load", "a")
        until(lambda: '"step": "ready"' in (tmp_path / "log").read_text())

    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    steps = [line.get("step") for line in lines]
    assert steps == ["listening", "config", "plan", "copy", "verify", "brought", "loaded", "ready"]
    assert {"model": "a", "files": 1, "bytes": 1, "fetched": 1}.items() <= lines[5].items()


@pytest.mark.parametrize(
    ("flags", "environ", "code", "says"),
    [
        (["--log-url", "http://h"], {}, 2, "--log-url asks"),
        (["--model-dir", "/dev/null"], {}, 2, "is no folder"),
        (["--server-url", "nonsense"], {}, 2, "--server-url is no address"),
        ([], {"MR_WORKERS": "x"}, 2, "MR_WORKERS 'x'"),
        ([], {"MR_LOG_FORMAT": "x"}, 2, "MR_LOG_FORMAT 'x'"),
    ],
)
def test_what_it_cannot_work_with_is_said_in_a_sentence(
    tmp_path: Path, flags: list[str], environ: dict[str, str], code: int, says: str
) -> None:
    run = subprocess.run(
        [PROGRAM, "--model-dir", tmp_path, *flags], env=environ, capture_output=True, text=True, check=False, timeout=60
    )

    assert run.returncode == code
    assert says in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own account of a peak is in /proc")
@pytest.mark.parametrize("store", ["http", "registry"])
def test_many_large_models_take_less_than_120_mib(
    tmp_path: Path, server: StubServer, registry_url: str, store: str
) -> None:
    server.reads = False
    with sparse_server(tmp_path, SIZE) as url:
        uri, environ = f"{url}/weights.bin", {}
        if store == "registry":  # and S3, which is the most that there is to load
            uri, environ["MODEL_REGISTRY_BASE_URL"] = "model-registry://big/v1", registry_url
            environ |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": url}
            with mr_client.Registry(registry_url, environ={}) as registry:
                registry.register("big", "v1", uri="s3://big/model/")
        ConfigMap(tmp_path / "configs").models(**{f"m{number}": uri for number in range(MODELS)})
        with agent(tmp_path, server, **environ) as process:
            for number in range(MODELS):
                server.wait_for("load", f"m{number}", seconds=200)
            status = Path(f"/proc/{process.pid}/status").read_text()
    for file in (tmp_path / "models").rglob("weights.bin"):
        assert file.stat().st_size == SIZE
        file.unlink()

    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak is not None
    print(f"{store}: {int(peak[1]) / 1024:.0f} MiB at the peak, {MODELS} models of {SIZE // MIB} MiB")  # noqa: T201
    assert int(peak[1]) < 120 * 1024
