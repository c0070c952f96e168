"""The picture of the code, as tests."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

import mr_client
from mr_client import errors
from servers.s3 import S3Server
from servers.web import WebServer

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def test_imports_go_where_the_design_says() -> None:
    # A process of its own: in this one it would switch off every logger that there is.
    program = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout


def test_the_environment_is_read_only_where_a_person_or_a_pod_begins() -> None:
    """Programs, and the notebook's own entrance; below them it is a mapping that is handed in."""
    readers = {
        path.relative_to(ROOT / "src").as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv", "putenv", "environb")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }

    assert readers == {
        "mr_client/cache/__init__.py",
        "mr_client/cli.py",
        "mr_client/client.py",
        "mr_model_agent/__main__.py",
        "mr_storage_initializer/__main__.py",
    }


def test_nobody_writes_the_environment() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            written = [*getattr(node, "targets", []), getattr(node, "target", None)]
            assert not any("environ" in ast.unparse(each) for each in written if isinstance(each, ast.Subscript)), path


def test_every_public_name_is_there_and_sorted() -> None:
    assert mr_client.__all__ == sorted(mr_client.__all__, key=lambda name: (name.islower(), name))
    for name in mr_client.__all__:
        assert getattr(mr_client, name) is not None
    assert set(mr_client.__all__) <= set(dir(mr_client))


def test_no_module_hides_a_public_name() -> None:
    """Importing ``mr_client.resolve`` would put a module where the function was."""
    modules = {path.stem for path in (ROOT / "src" / "mr_client").glob("*") if path.name != "errors.py"}

    assert not modules & set(mr_client.__all__)


def test_each_error_is_also_the_builtin_a_caller_expects() -> None:
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, errors.MRClientError)
        assert kind is errors.MRClientError or any(
            base.__module__ == "builtins" and base not in (Exception, BaseException, object) for base in kind.__mro__
        )


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("mr_client", {"httpx", "mr_rest", "fsspec", "urllib3", "click"}),
        (
            "mr_client.client",
            {"s3fs", "gcsfs", "adlfs", "starlette", "mr_registry", "pandas"},
        ),  # httpx itself loads click
        ("mr_client.flow", {"httpx", "mr_rest", "s3fs", "click"}),
        ("mr_storage_initializer.__main__", {"httpx", "mr_rest", "s3fs", "gcsfs", "adlfs"}),
        ("mr_model_agent.__main__", {"httpx", "mr_rest", "s3fs", "prometheus_client", "watchfiles"}),
        ("mr_client.cli", {"httpx", "mr_rest", "fsspec", "starlette", "uvicorn", "rich", "tqdm", "urllib3"}),
        (
            "mr_client.commands.finding, mr_client.client, mr_client.reports.records, mr_client.reports.resolution",
            {"s3fs", "fsspec", "starlette", "mr_registry", "tqdm", "awscrt"},
        ),
        ("mr_client.flow", {"fsspec", "urllib3", "asyncio", "tarfile", "zipfile", "tqdm", "awscrt", "email"}),
    ],
)
def test_nothing_is_imported_before_it_is_needed(module: str, unwanted: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not unwanted & set(loaded)


@pytest.mark.parametrize(
    ("source", "unwanted"),
    [
        ("{folder}", {"urllib3", "httpx", "mr_rest", "s3fs", "tarfile", "tqdm", "awscrt"}),
        ("{web}", {"fsspec", "asyncio", "httpx", "mr_rest", "s3fs", "tarfile", "tqdm", "awscrt"}),
        ("{s3}", {"httpx", "mr_rest", "tarfile", "tqdm", "gcsfs", "adlfs"}),
    ],
)
def test_a_copy_loads_what_its_source_needs_and_no_more(
    source: str, unwanted: set[str], web: WebServer, s3: S3Server, tmp_path: Path
) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "model.bin").write_bytes(b"trained")
    web.content["/model.bin"] = b"trained"
    bucket = f"loaded-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(bucket)
    s3.filesystem().pipe(f"{bucket}/model.bin", b"trained")
    uri = source.format(folder=f"file://{tmp_path}/from", web=f"{web.url}/model.bin", s3=f"s3://{bucket}/")
    code = (
        "import os, sys, pathlib, mr_client; "
        "mr_client.fetch(sys.argv[1], pathlib.Path(sys.argv[2]), environ=os.environ); print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code, uri, tmp_path / "to"],
        env={**os.environ, **s3.environ},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert unwanted & set(loaded) == set()


SLOW_REGISTRY = """
import os, pathlib, sys, threading, http.server, mr_client
class Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        for thread in threading.enumerate():
            if thread.name == "mr-load":
                thread.join()
        print("s3fs" in sys.modules)
        self.send_error(404)
server = http.server.HTTPServer(("127.0.0.1", 0), Registry)
threading.Thread(target=server.serve_forever, daemon=True).start()
environ = {"MODEL_REGISTRY_BASE_URL": "127.0.0.1:%d" % server.server_port} | dict(pair.split("=") for pair in sys.argv[1:])
try:
    mr_client.fetch("model-registry://iris/v1", pathlib.Path("/nowhere"), environ=environ)
except mr_client.errors.MRClientError:
    pass
"""


@pytest.mark.parametrize(("variables", "loaded"), [(["AWS_ACCESS_KEY_ID=a"], "True"), (["AWS_REGION="], "False")])
def test_what_s3_needs_is_loaded_while_the_registry_is_asked_where_a_pod_has_its_variables(
    variables: list[str], loaded: str
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", SLOW_REGISTRY, *variables], capture_output=True, text=True, check=True, timeout=60
    )

    assert run.stdout.splitlines()[0] == loaded


def test_a_registry_is_asked_in_one_place_where_the_lists_of_what_is_allowed_are_kept() -> None:
    """Whoever calls the resolver directly forgets them."""
    callers = {
        path.relative_to(ROOT / "src").as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module == "mr_client.resolver"
        and any(name.name == "resolve" for name in node.names)
    }

    assert callers == {"mr_client/asking.py"}
