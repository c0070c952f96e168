"""KServe's LocalModelCache: a job on each node brings a model into a folder that outlives it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import mr_client
from servers.pod import PROGRAM, Pod, hardened, pod
from servers.web import WebServer

AGENT = 1000
"""User and group of the agent that removes what a node caches, and the fsGroup of its jobs (kserve,
``pkg/controller/v1alpha1/localmodelnode/controller.go``)."""


@pytest.fixture
def volumes() -> Iterator[Pod]:
    with pod() as volumes:
        yield volumes


@pytest.fixture
def environ(registry_url: str, web: WebServer) -> dict[str, str]:
    """What the container of a job says; ``iris`` ``v1`` is registered, and on a web server."""
    web.content["/model.bin"] = os.urandom(3_000_000)
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=f"{web.url}/model.bin")
    return {"MODEL_REGISTRY_BASE_URL": registry_url, "MR_REQUIRE_VERSION": "true"}


def test_a_job_goes_on_in_a_folder_that_is_not_empty_and_leaves_alone_what_it_does_not_know(
    volumes: Pod, environ: dict[str, str], web: WebServer
) -> None:
    web.headers["Last-Modified"] = "Wed, 21 Oct 2015 07:28:00 GMT"
    others = {volumes.models / "notes.txt": "mine", volumes.models / "sub" / ".hidden": "mine, too"}
    (volumes.models / "sub").mkdir()
    for path, text in others.items():
        path.write_text(text)

    first = volumes.run("model-registry://iris/v1", volumes.models, **environ)
    sent = web.sent
    second = volumes.run("model-registry://iris/v1", volumes.models, **environ)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert web.sent - sent <= 1  # a byte at most, to ask for what is said of the file
    assert (volumes.models / "model.bin").read_bytes() == web.content["/model.bin"]
    assert {path: path.read_text() for path in others} == others
    assert sorted(path.name for path in volumes.models.iterdir()) == ["model.bin", "notes.txt", "sub"]


@pytest.mark.parametrize("flags", [[], ["--require-version"]])
def test_a_name_without_a_version_is_refused_before_anything_is_asked(
    volumes: Pod, environ: dict[str, str], web: WebServer, flags: list[str]
) -> None:
    asked = {**environ, "MR_REQUIRE_VERSION": "" if flags else "true", "MODEL_REGISTRY_BASE_URL": "127.0.0.1:9"}

    run = volumes.run(*flags, "model-registry://iris", volumes.models, **asked)

    assert run.returncode == 2, run.stderr
    assert "names no version, and MR_REQUIRE_VERSION asks for one" in run.stderr.splitlines()[-1]
    assert volumes.termination_log.read_text() == run.stderr.splitlines()[-1]
    assert list(volumes.models.iterdir()) == []


def test_it_is_brought_without_a_version_where_that_is_said(volumes: Pod, environ: dict[str, str]) -> None:
    run = volumes.run("--any-version", "model-registry://iris", volumes.models, **environ)

    assert run.returncode == 0, run.stderr


def test_whoever_is_of_the_volumes_group_may_remove_what_was_brought(
    volumes: Pod, environ: dict[str, str], tmp_path: Path
) -> None:
    source = volumes.secrets / "source"
    (source / "a" / "b").mkdir(parents=True)
    (source / "a" / "b" / "w.bin").write_bytes(b"trained")
    for path in (source, *source.rglob("*")):
        path.chmod(0o755)
    if hardened():
        os.chown(volumes.models, 0, AGENT)
    volumes.models.chmod(0o2777)

    run = volumes.run(source, volumes.models / "key", **environ)
    brought = volumes.models / "key" / "a" / "b"
    found = brought.stat()
    removed = volumes.remove(volumes.models / "key", AGENT, AGENT)

    assert run.returncode == 0, run.stderr
    assert stat.S_IMODE(found.st_mode) == 0o2775
    assert found.st_gid == volumes.models.stat().st_gid
    assert removed.returncode == 0, removed.stderr


def test_sigterm_ends_a_wait_at_once_and_its_last_words_say_so(volumes: Pod, environ: dict[str, str]) -> None:
    said = {"MR_TERMINATION_LOG": str(volumes.termination_log), "MR_JITTER": "100000000", **environ}
    arguments = [str(PROGRAM), "model-registry://iris/v1", str(volumes.models)]
    with subprocess.Popen(arguments, env=said, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        waiting = running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        _, stderr = running.communicate(timeout=5)

    assert "s, of 1e+08 at most" in waiting
    assert running.returncode == 143
    assert stderr.startswith("Stopped by SIGTERM before")
    assert volumes.termination_log.read_text() == stderr.strip()
    assert list(volumes.models.iterdir()) == []
