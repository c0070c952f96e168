"""Every page tells the truth: what it shows is run, or it is said here why not."""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import joblib
import pytest
import trustme
import yaml
from sklearn.datasets import load_iris
from sklearn.svm import SVC

import mr_client
import mr_registry
from servers.azurite import Azurite
from servers.front import front
from servers.hub import hub_server
from servers.s3 import S3Server
from snippets import Block, World, blocks, environment, program

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]

NOT_RUN_HERE = {
    ("bash", "cluster"): "needs a Kubernetes cluster, or a registry for images",
    ("bash", "install"): "changes the environment it runs in; scripts/build and .ci/run do the same",
    ("bash", "develop"): "is what .ci/run itself runs, and takes minutes",
    ("sh", ""): "is run by tests/mr_client/storage/digests/test_folder.py, for folders of all kinds",
    ("yaml", ""): "is held to the rules of KServe by tests/test_deploy.py",
    ("json", ""): "is read below",
    ("text", ""): "is a picture or a grammar",
}
"""Blocks that are not run by this module, by language and mark, and why."""

RUN = {("python", ""), ("console", ""), ("console", "server")}

ANEW = {"README.md": ["From a shell"]}
"""Sections before which a page begins anew, with an empty registry."""


@dataclass(frozen=True)
class Shared:
    """Servers that pages share; each page has a registry of its own."""

    s3: S3Server
    models: Path
    """Folder with a trained model for each version, ``v1/model.joblib`` and ``v2/model.joblib``."""
    azure: Callable[[], Azurite]
    """The server, which takes seconds to start."""


def _iris(world: World, _: Shared, stack: ExitStack) -> None:
    """Register iris v1."""
    with mr_client.Registry(world.environ["MODEL_REGISTRY_BASE_URL"]) as registry:
        registry.register("iris", "v1", uri="s3://models/iris/v1", model_format="sklearn")


def _hub(world: World, shared: Shared, stack: ExitStack) -> None:
    """Put the model into a hub."""
    hub = stack.enter_context(hub_server())
    hub.commit("main", {"config.json": b"{}", "model.bin": (shared.models / "v1/model.joblib").read_bytes()})
    world.environ["HF_ENDPOINT"] = hub.url
    world.stands_for["https://hub.example.com"] = hub.url


def _minio(world: World, shared: Shared, stack: ExitStack) -> None:
    """Put a front with a private authority before the S3 server."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(world.folder / "authority.pem"))
    url = stack.enter_context(front(shared.s3.endpoint, context)).url
    world.stands_for |= {
        "https://minio.example.com:9000": url,
        "/etc/ssl/minio.pem": str(world.folder / "authority.pem"),
        "minio-user": shared.s3.access_key,
        "minio-password": shared.s3.secret_key,
    }
    for name in shared.s3.environ:
        world.environ.pop(name)
    _iris(world, shared, stack)


def _azure(world: World, shared: Shared, stack: ExitStack) -> None:
    """Put the model into a container."""
    server = shared.azure()
    container = server.container("models")
    if not container.exists():
        container.create_container()
    container.upload_blob("iris/v1/model.joblib", (shared.models / "v1/model.joblib").read_bytes(), overwrite=True)
    container.close()
    world.environ |= server.public
    world.stands_for["the-account-key"] = server.environ["AZURE_STORAGE_ACCESS_KEY"]


def _uploads(world: World, shared: Shared, stack: ExitStack) -> None:
    """Make a bucket without models, and folders with a model that is to go there; put a model into a hub."""
    bucket = f"models-{uuid.uuid4().hex[:12]}"
    shared.s3.make_bucket(bucket)
    world.stands_for |= {"s3://models": f"s3://{bucket}", "ibm-granite/granite-3.1-8b-base": "acme/iris"}
    for folder in ("trained", "model"):
        shutil.copytree(shared.models / "v1", world.folder / folder)
    _hub(world, shared, stack)


def _versions(world: World, _: Shared, stack: ExitStack) -> None:
    """Register three versions of iris, and have the registry at hand."""
    registry = world.names["registry"] = mr_client.Registry(world.environ["MODEL_REGISTRY_BASE_URL"])
    for version in ("v1", "v2", "v3"):
        registry.register("iris", version, uri=f"s3://models/iris/{version}")


def _formatted(world: World, _: Shared, stack: ExitStack) -> None:
    """Register iris v1, with the version of its format."""
    with mr_client.Registry(world.environ["MODEL_REGISTRY_BASE_URL"]) as registry:
        registry.register("iris", "v1", uri="s3://models/iris/v1", model_format="sklearn", model_format_version="1")


def _cached(world: World, shared: Shared, stack: ExitStack) -> None:
    """Register iris v1, have the and have a cache of its own."""
    _iris(world, shared, stack)
    world.environ["MR_CACHE"] = str(world.folder / "cache")


PREPARED: dict[tuple[str, str], Callable[[World, Shared, ExitStack], None]] = {
    ("README.md", ""): _uploads,
    ("README.md", "From a shell"): _uploads,
    ("azure.md", ""): _azure,
    ("cache.md", ""): _cached,
    ("cli.md", ""): _iris,
    ("hugging-face.md", ""): _hub,
    ("minio.md", ""): _minio,
    ("names.md", ""): _versions,
    ("render.md", ""): _formatted,
    ("upload.md", ""): _uploads,
}
"""What is there before a page's first block, or a section's, is run, beside S3's bucket ``models``."""


def parts(page: Path) -> Iterator[tuple[str, list[Block]]]:
    """Yield the sections of a page that begin anew, each with its blocks that are run."""
    text = page.read_text(encoding="utf-8")
    begins = [("", 0)] + [(name, text.index(f"\n## {name}\n")) for name in ANEW.get(page.name, [])]
    for (name, start), (_, end) in zip(begins, [*begins[1:], ("", len(text))], strict=True):
        run = [block for block in blocks(page, start, end) if (block.language, block.mark) in RUN]
        if run:
            yield name, run


PARTS = [pytest.param(page, name, run, id=f"{page.name} {name}".strip()) for page in PAGES for name, run in parts(page)]
EVERY = [pytest.param(block, id=f"{page.name}:{block.line}") for page in PAGES for block in blocks(page)]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with two versions of a model."""
    folder = tmp_path_factory.mktemp("models")
    data, classes = load_iris(return_X_y=True)
    for version, gamma in (("v1", "scale"), ("v2", "auto")):
        (folder / version).mkdir()
        joblib.dump(SVC(gamma=gamma).fit(data, classes), folder / version / "model.joblib")
    return folder


@pytest.fixture(scope="module")
def shared(s3: S3Server, models: Path, request: pytest.FixtureRequest) -> Shared:
    filesystem = s3.filesystem()
    if not filesystem.exists("models"):
        s3.make_bucket("models")
    for version in ("v1", "v2"):
        filesystem.put_file(str(models / version / "model.joblib"), f"models/iris/{version}/model.joblib")
    return Shared(s3, models, lambda: request.getfixturevalue("azure"))


@pytest.mark.parametrize(("page", "section", "run"), PARTS)
def test_a_page_shows_what_is_so(
    page: Path, section: str, run: list[Block], shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(mr_registry.serve())
        world = World(tmp_path, environment(tmp_path, {"MODEL_REGISTRY_BASE_URL": url, **shared.s3.environ}))
        world.stands_for |= {
            "localhost:8080": url.removeprefix("http://"),
            "/mnt/models": str(tmp_path / "mnt" / "models"),
            "$ scripts/demo": f"$ {program('python')} {ROOT}/scripts/demo.py",
            "scripts/demo": f"{program('python')} {ROOT}/scripts/demo.py",
        }
        if prepare := PREPARED.get((page.name, section)):
            prepare(world, shared, stack)
        stack.callback(world.close)
        monkeypatch.chdir(tmp_path)
        for block in run:
            for name, value in world.environ.items():
                monkeypatch.setenv(name, value)
            world.run(block)


@pytest.mark.parametrize("block", EVERY)
def test_a_block_is_run_or_it_is_said_why_not(block: Block) -> None:
    assert (block.language, block.mark) in RUN | NOT_RUN_HERE.keys()


@pytest.mark.parametrize("block", [each for each in EVERY if each.values[0].language in ("json", "yaml")])  # type: ignore[union-attr]
def test_a_block_of_data_can_be_read(block: Block) -> None:
    assert json.loads(block.text) if block.language == "json" else list(yaml.safe_load_all(block.text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_code_stands_outside_a_block(page: Path) -> None:
    """What is indented is code, too, and would not be run."""
    prose = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)

    assert re.findall(r"\n\n    .*", prose) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "1 + 1  # 3"),
        ("python", "'a' + 'b'  # 'b…'"),
        ("console", "$ echo one\ntwo\n"),
        ("console", "$ echo one; echo two\none\n"),
        ("console", "$ echo one\none\n…x\n"),
    ],
)
def test_what_is_not_so_is_found_out(language: str, text: str, tmp_path: Path) -> None:
    world = World(tmp_path, {"PATH": os.defpath})

    with pytest.raises(AssertionError):
        world.run(Block(tmp_path / "page.md", 1, language, "", text))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "1 + 1  # 2\n[1, 2]  # [1, …]\n3  # three, in words\nx = 1  # 2"),
        ("console", "$ echo a b c; echo d; echo e\na … c\n…\n$ true\n"),
    ],
)
def test_what_is_so_passes(language: str, text: str, tmp_path: Path) -> None:
    World(tmp_path, {"PATH": os.defpath}).run(Block(tmp_path / "page.md", 1, language, "", text))
