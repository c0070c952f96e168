"""``mr-storage-initializer``, from the command line to the files, with a real registry and a real store."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

import mr_client
from servers.s3 import S3Server
from servers.web import WebServer
from servers.wrong_s3 import wrong_s3

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def bucket(s3: S3Server) -> str:
    """A bucket that holds ``iris/v1/model.joblib``."""
    name = f"models-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(name)
    s3.filesystem().pipe(f"{name}/iris/v1/model.joblib", b"trained")
    return name


@pytest.fixture
def environ(registry_url: str, s3: S3Server, bucket: str) -> dict[str, str]:
    """What a pod has: the registry's address and the store's credentials. ``iris`` ``v1`` is registered."""
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=f"s3://{bucket}/iris/v1", model_format="sklearn")
        registry.register("lost", "v1", uri=f"s3://no-{bucket}/lost/v1")
    return {"MODEL_REGISTRY_BASE_URL": registry_url, **s3.environ}


def last_line(run: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in run.stderr
    return run.stderr.splitlines()[-1]


def test_a_registered_model_is_brought_and_the_last_line_says_so(
    initialize: Run, environ: dict[str, str], bucket: str, target: Path
) -> None:
    run = initialize("model-registry://iris/v1", target, **environ)

    assert run.returncode == 0, run.stderr
    assert (target / "model.joblib").read_bytes() == b"trained"
    assert re.fullmatch(
        rf"Ready: 1 file, 7 bytes in {target} from s3://{bucket}/iris/v1, verified: 1 by md5, in [0-9.]+ s\.",
        last_line(run),
    )
    assert run.stdout == ""


def test_several_pairs_are_brought_in_one_run(
    initialize: Run, environ: dict[str, str], bucket: str, target: Path
) -> None:
    run = initialize(
        "model-registry://iris", target / "a", f"s3://{bucket}/iris/v1/model.joblib", target / "b", **environ
    )

    assert run.returncode == 0, run.stderr
    assert (target / "a/model.joblib").read_bytes() == (target / "b/model.joblib").read_bytes() == b"trained"


@pytest.mark.parametrize(
    ("source", "changed", "code", "says"),
    [
        ("model-registry://iris/v1/", {}, 2, "trailing slash; write model-registry://"),
        ("iris/v1", {}, 2, "'iris/v1' is no URI: write SCHEME://"),
        ("model-registry://iris/v1", {"MODEL_REGISTRY_TIMEOUT": "x"}, 2, "MODEL_REGISTRY_TIMEOUT 'x'"),
        ("model-registry://iriss/v1", {}, 3, "'iriss' not found at {registry} (it has: 'iris', 'lost')"),
        ("model-registry://iris/v2", {}, 3, "'v2' not found in model 'iris' at {registry} (it has: 'v1')"),
        (
            "model-registry://iris/v1",
            {"MODEL_REGISTRY_BASE_URL": "127.0.0.1:9"},
            5,
            "check that it runs, and the address",
        ),
        ("model-registry://lost/v1", {}, 3, "Nothing is at 's3://no-{bucket}/lost/v1'"),
        (
            "model-registry://iris/v1",
            {"AWS_SECRET_ACCESS_KEY": "hunter2"},
            4,
            "denied (SignatureDoesNotMatch: the secret key is not the access key's): check AWS_SECRET_ACCESS_KEY",
        ),
        ("model-registry://iris/v1", {"AWS_SECRET_ACCESS_KEY": ""}, 2, "AWS_SECRET_ACCESS_KEY is not set"),
        ("https://127.0.0.1:9/model.bin", {}, 5, "'https://127.0.0.1:9/model.bin' cannot be reached"),
    ],
)
def test_bad_input_ends_with_its_exit_code_and_one_sentence_and_writes_nothing(
    initialize: Run,
    environ: dict[str, str],
    bucket: str,
    target: Path,
    source: str,
    changed: dict[str, str],
    code: int,
    says: str,
) -> None:
    target.mkdir(parents=True)

    run = initialize(source, target, **{**environ, **changed})

    assert run.returncode == code, run.stderr
    assert says.format(registry=environ["MODEL_REGISTRY_BASE_URL"], bucket=bucket) in last_line(run)
    assert list(target.iterdir()) == []
    assert "hunter2" not in run.stdout + run.stderr


LEFT_BY_FORCE = """
import atexit, gc, sys
atexit.register(print, "taken apart")
gc.callbacks.append(lambda phase, _: print("searched", file=sys.stderr) if phase == "start" else None)
from mr_storage_initializer.__main__ import run
print("begun", file=sys.stderr)
run()
"""


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        (["{s3}", "{target}"], 0, "", "Ready: 1 file, 7 bytes"),
        (["--dry-run", "{s3}", "{target}"], 0, "1 file, 7 bytes in all; nothing was written.", ""),
        (["--version"], 0, "mr-storage-initializer, version", ""),
        (["iris/v1", "{target}"], 2, "", "'iris/v1' is no URI"),
        (["--nonsense"], 2, "", "Usage: "),
        (["{s3}lost", "{target}"], 3, "", "Nothing is at"),
    ],
)
def test_the_process_ends_with_its_code_and_all_its_words_and_is_not_taken_apart(
    s3: S3Server, bucket: str, target: Path, arguments: list[str], code: int, out: str, err: str
) -> None:
    given = [each.format(s3=f"s3://{bucket}/iris/v1/", target=target) for each in arguments]
    environ = {**os.environ, **s3.environ}

    by_name = subprocess.run(
        [sys.executable, "-m", "mr_storage_initializer", *given], env=environ, capture_output=True, text=True
    )
    watched = subprocess.run([sys.executable, "-c", LEFT_BY_FORCE, *given], env=environ, capture_output=True, text=True)

    for run in (by_name, watched):
        assert run.returncode == code, run.stderr
        assert out in run.stdout
        assert err in run.stderr
    assert "taken apart" not in watched.stdout
    assert watched.stderr.partition("begun")[2].count("searched") < 10


def test_it_ends_with_its_code_where_nobody_reads_what_it_says(target: Path) -> None:
    closed = 'exec "$0" -m mr_storage_initializer "$@" >&- 2>&-'

    run = subprocess.run(["/bin/sh", "-c", closed, sys.executable, "nonsense", target], check=False)

    assert run.returncode == 2


def test_the_program_that_is_installed_is_the_same() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]

    assert project["scripts"]["mr-storage-initializer"] == "mr_storage_initializer.__main__:run"


@pytest.mark.parametrize("arguments", [[], ["s3://bucket/model"], ["s3://a/b", "/x", "s3://c/d"], ["--nonsense"]])
def test_a_wrong_command_line_is_usage(initialize: Run, arguments: list[str]) -> None:
    run = initialize(*arguments)

    assert run.returncode == 2
    assert run.stderr.startswith("Usage: mr-storage-initializer")


def test_a_destination_that_is_a_file_is_usage_and_the_file_stays(
    initialize: Run, environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")

    run = initialize("model-registry://iris/v1", tmp_path / "file", **environ)

    assert (run.returncode, (tmp_path / "file").read_text()) == (2, "mine")


def test_what_does_not_match_its_digest_is_verification_failed(initialize: Run, target: Path, tmp_path: Path) -> None:
    with wrong_s3() as server:
        run = initialize(
            "s3://bucket/model/",
            target,
            AWS_ENDPOINT_URL=server.endpoint,
            AWS_ACCESS_KEY_ID="a",
            AWS_SECRET_ACCESS_KEY="b",
        )

    assert run.returncode == 6, run.stderr
    assert "MD5" in last_line(run)
    assert not any(path.is_file() for path in target.rglob("*"))


def test_sigterm_ends_it_at_once_with_143_and_the_next_run_succeeds(
    initialize: Run, web: WebServer, target: Path
) -> None:
    web.content["/model.bin"] = os.urandom(1000)
    web.hold.clear()
    program = Path(sys.executable).with_name("mr-storage-initializer")
    arguments = [f"{web.url}/model.bin", str(target)]
    running = subprocess.Popen([program, *arguments], env={}, stderr=subprocess.PIPE, text=True)
    web.held.wait(timeout=60)

    running.send_signal(signal.SIGTERM)
    _, stderr = running.communicate(timeout=5)
    web.hold.set()

    assert running.returncode == 143
    assert (
        stderr.splitlines()[-1]
        == "Stopped by SIGTERM before the files were complete: run again, and it goes on where it was."
    )
    assert not (target / "model.bin").exists()
    assert initialize(*arguments).returncode == 0
    assert [path.name for path in target.iterdir()] == ["model.bin"]
