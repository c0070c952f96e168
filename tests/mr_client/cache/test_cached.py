"""A download without a folder: from a name to the cache that all processes share."""

from __future__ import annotations

import json
import os
import stat
import tarfile
import threading
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import mr_client
from mr_client import cache, errors
from mr_client.cache.cached import Name, cached, remembered
from mr_client.cache.kept import key_of, let_go
from mr_client.cache.settings import CacheSettings
from mr_client.settings import Settings
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.locate import locate
from mr_client.storage.plan import plan_copy
from mr_client.storage.s3.store import S3Store
from mr_client.storage.stored import StoredFile
from mr_client.storage.wanted import Wanted
from servers.s3 import S3Server
from servers.web import WebServer, web_server

Connected = Callable[..., mr_client.Registry]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The cache; not there yet."""
    folder = tmp_path / "caches" / "models"
    yield folder
    let_go(folder)


@pytest.fixture
def connected(registry_url: str, folder: Path) -> Iterator[Connected]:
    """Makes registries of the environment that a test gives, with the cache in it."""
    made: list[mr_client.Registry] = []

    def connected(**environ: str) -> mr_client.Registry:
        settings = {"MR_CACHE": str(folder), "MR_SYNC": "false", **environ}
        made.append(mr_client.Registry(registry_url, environ=settings))
        return made[-1]

    yield connected
    for registry in made:
        registry.close()


@pytest.fixture
def registry(connected: Connected) -> mr_client.Registry:
    return connected()


@pytest.fixture
def model(web: WebServer, registry: mr_client.Registry) -> bytes:
    """What ``iris`` ``v1`` is: a file on a web server."""
    web.content["/model.bin"] = os.urandom(300_000)
    web.headers["Last-Modified"] = "Wed, 21 Oct 2015 07:28:00 GMT"
    registry.register("iris", "v1", uri=f"{web.url}/model.bin")
    return web.content["/model.bin"]


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_model_on_s3_is_brought_once_and_then_costs_no_byte(
    connected: Connected, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = f"cached-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(bucket)
    content = {"model.bin": os.urandom(100_000), "sub/config.json": b"{}"}
    for name, body in content.items():
        s3.filesystem().pipe(f"{bucket}/iris/{name}", body)
    registry = connected(**s3.environ)
    registry.register("iris", "v1", uri=f"s3://{bucket}/iris")

    first = registry.download("model-registry://iris/v1")
    monkeypatch.setattr(S3Store, "read", None)  # whoever reads fails
    second = registry.download("iris", "v1")
    third = registry.download(f"s3://{bucket}/iris/")

    assert tree(first) == content
    assert first == second == third


def test_a_folder_on_a_disk_is_brought_once_and_its_change_is_another_entry(
    registry: mr_client.Registry, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "model.bin").write_bytes(b"old")
    registry.register("iris", "v1", uri=f"file://{source}")

    first = registry.download("iris", "v1")
    assert registry.download("iris", "v1") == first
    (source / "model.bin").write_bytes(b"newer")
    second = registry.download("iris", "v1")

    assert tree(first) == {"model.bin": b"old"}
    assert tree(second) == {"model.bin": b"newer"}


def test_a_store_that_tells_neither_etag_nor_time_is_asked_for_the_bytes_each_time(
    registry: mr_client.Registry, memory: Any
) -> None:
    memory.pipe("/models/iris/model.bin", b"first")
    registry.register("iris", "v1", uri="memory://models/iris")

    first = registry.download("iris", "v1")
    assert registry.download("iris", "v1") == first
    memory.pipe("/models/iris/model.bin", b"other")  # as long as before
    second = registry.download("iris", "v1")

    assert tree(first) == {"model.bin": b"first"}
    assert tree(second) == {"model.bin": b"other"}
    assert len(cache.entries(folder=first.parents[2])) == 2


def test_what_is_there_costs_no_byte_and_two_names_share_it(
    registry: mr_client.Registry, model: bytes, web: WebServer
) -> None:
    first = registry.download("iris")
    sent = web.sent
    registry.register("setosa", "v7", uri=f"{web.url}/model.bin")

    assert registry.download("setosa") == first
    assert web.sent - sent <= 1  # a byte at most, to ask for what is said of the file
    assert tree(first) == {"model.bin": model}


def test_an_object_that_changed_is_another_entry_and_the_old_one_stays(
    registry: mr_client.Registry, model: bytes, web: WebServer
) -> None:
    first = registry.download("iris")
    web.content["/model.bin"] = os.urandom(len(model))

    second = registry.download("iris")

    assert first != second
    assert tree(first) == {"model.bin": model}
    assert tree(second) == {"model.bin": web.content["/model.bin"]}


def test_the_files_of_an_entry_cannot_be_written_by_mistake(registry: mr_client.Registry, model: bytes) -> None:
    files = registry.download("iris")

    modes = {stat.S_IMODE(path.stat().st_mode) & 0o222 for path in (files, files / "model.bin")}
    assert modes == {0}


def test_a_cache_that_is_made_is_for_its_user_alone(registry: mr_client.Registry, model: bytes, folder: Path) -> None:
    registry.download("iris")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_entry_in_which_a_file_was_changed_or_lost_is_brought_anew(
    registry: mr_client.Registry, model: bytes
) -> None:
    for spoil in (Path.unlink, lambda path: path.write_bytes(b"x"), lambda path: os.utime(path, (1, 1))):
        files = registry.download("iris")
        files.chmod(0o755)
        (files / "model.bin").chmod(0o644)
        spoil(files / "model.bin")

        assert tree(registry.download("iris")) == {"model.bin": model}


def test_an_entry_is_read_again_where_the_copy_is_checked_in_full(
    connected: Connected, registry: mr_client.Registry, model: bytes, web: WebServer
) -> None:
    web.digests = True
    files = registry.download("iris")
    found = (files / "model.bin").stat()
    (files / "model.bin").chmod(0o644)
    (files / "model.bin").write_bytes(b"x" * len(model))
    os.utime(files / "model.bin", ns=(found.st_atime_ns, found.st_mtime_ns))  # as a disk does that rots

    assert tree(connected(MR_VERIFY="full").download("iris")) == {"model.bin": model}


def test_patterns_choose_and_what_they_choose_is_the_key(registry: mr_client.Registry, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("model.bin", "model.onnx", "notes.txt"):
        (source / name).write_text(name)
    registry.register("iris", "v1", uri=f"file://{source}")

    chosen = registry.download("iris", allow=["model.*", "*.txt"], ignore="*.onnx")

    assert sorted(tree(chosen)) == ["model.bin", "notes.txt"]
    assert registry.download("iris", ignore=["*.onnx"]) == chosen
    assert sorted(tree(registry.download("iris"))) == ["model.bin", "model.onnx", "notes.txt"]
    with pytest.raises(errors.FilesNotFound, match=r"is left by allow \['\*.h5'\]"):
        registry.download("iris", allow="*.h5")


def test_patterns_choose_for_a_folder_of_ones_own_too(
    registry: mr_client.Registry, tmp_path: Path, target: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("model.bin", "notes.txt"):
        (source / name).write_text(name)
    registry.register("iris", "v1", uri=f"file://{source}")

    assert registry.download("iris", to=target, allow="*.bin") == target
    assert sorted(tree(target)) == ["model.bin"]
    registry.download(f"file://{source}", to=target, ignore="*.bin")
    assert sorted(tree(target)) == ["model.bin", "notes.txt"]


def test_an_archive_is_in_the_cache_as_it_is_unpacked(
    connected: Connected, registry: mr_client.Registry, tmp_path: Path
) -> None:
    (tmp_path / "model.bin").write_bytes(b"trained")
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "model.bin", "model.bin")
    uri = f"file://{tmp_path}/model.tar.gz"

    unpacked = registry.download(uri)

    assert tree(unpacked) == {"model.bin": b"trained"}
    assert registry.download(uri) == unpacked
    assert connected(MR_VERIFY="full").download(uri) == unpacked
    assert sorted(tree(connected(MR_UNPACK="false").download(uri))) == ["model.tar.gz"]


def test_a_digest_that_the_registry_recorded_is_held_to_an_entry_that_was_brought_without(
    registry: mr_client.Registry, model: bytes, web: WebServer
) -> None:
    registry.download(f"{web.url}/model.bin")
    wrong = registry.register("wrong", "v1", uri=f"{web.url}/model.bin")
    [artifact] = registry._api.artifacts(wrong)
    _record_digest(registry, artifact.id, "sha256:" + "0" * 64)

    with pytest.raises(errors.VerificationFailed):
        registry.download("wrong", "v1")


def _record_digest(registry: mr_client.Registry, artifact: object, digest: str) -> None:
    body = {"artifactType": "model-artifact", "customProperties": {"mr_client:digest": _text(digest)}}
    url = f"{registry._api.endpoint.url}/api/model_registry/v1alpha3/artifacts/{artifact}"
    asked = urllib.request.Request(  # noqa: S310 - our own loopback address
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="PATCH"
    )
    urllib.request.urlopen(asked, timeout=30).close()  # noqa: S310 - likewise


def _text(value: str) -> dict[str, str]:
    return {"metadataType": "MetadataStringValue", "string_value": value}


def test_threads_that_ask_for_one_model_bring_it_once(
    registry: mr_client.Registry, model: bytes, web: WebServer
) -> None:
    begin = threading.Barrier(4)

    def download(_: int) -> Path:
        begin.wait()
        return registry.download("iris")

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(download, range(4)))

    assert len(found) == 1
    assert tree(found.pop()) == {"model.bin": model}
    assert web.sent <= len(model) + 8  # a byte for each question


def test_a_storage_uri_needs_no_registry(
    monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path, target: Path
) -> None:
    monkeypatch.setenv("MR_CACHE", str(folder))
    monkeypatch.setenv("MODEL_REGISTRY_BASE_URL", "127.0.0.1:9")
    (tmp_path / "model.bin").write_bytes(b"trained")
    uri = f"file://{tmp_path}/model.bin"

    assert tree(mr_client.download(uri)) == {"model.bin": b"trained"}
    assert mr_client.download(uri, target, offline=True) == target
    assert tree(target) == {"model.bin": b"trained"}
    with pytest.raises(errors.InvalidURI, match="'iris' is no model URI"):
        mr_client.download("iris")


def test_a_storage_uri_has_no_version(registry: mr_client.Registry, target: Path) -> None:
    for to in (None, target):
        with pytest.raises(errors.UsageError, match="says itself where files are, and has no version 'v1'"):
            registry.download("s3://b/k", "v1", to=to)


def test_the_same_name_on_two_servers_is_two_models(registry: mr_client.Registry, model: bytes, web: WebServer) -> None:
    """One ETag and one time do not make it one content."""
    with web_server() as other:
        other.headers.update(web.headers, ETag='"one"')
        web.headers["ETag"] = '"one"'
        web.etags = other.etags = False
        other.content["/model.bin"] = os.urandom(len(model))

        mine, its = registry.download(f"{web.url}/model.bin"), registry.download(f"{other.url}/model.bin")

        assert tree(mine) != tree(its)


def test_one_name_on_two_s3_servers_is_two_models() -> None:
    there = [
        locate("s3://models/iris", {"AWS_ENDPOINT_URL": f"https://{host}", "AWS_REGION": "r"}).server
        for host in ("minio.one", "minio.two")
    ]
    plan = plan_copy("s3://models/iris", [StoredFile("models/iris", "iris", 1, etag='"1"')], Path("/cache"))

    assert len({key_of(server, plan) for server in there}) == 2


def test_two_questions_at_one_address_are_two_models_and_no_query_is_written_down(
    registry: mr_client.Registry, model: bytes, web: WebServer, folder: Path
) -> None:
    one = registry.download(f"{web.url}/model.bin?sig=hunter2")
    two = registry.download(f"{web.url}/model.bin?sig=hunter3")

    assert one != two
    assert not any(b"hunter" in body for name, body in tree(folder).items() if "/files/" not in name)


# -- offline ----------------------------------------------------------------------------------


def test_offline_a_name_means_what_it_meant_last_and_nobody_is_asked(
    connected: Connected, registry: mr_client.Registry, model: bytes, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = registry.download("iris")
    asked = len(web.asked)
    monkeypatch.setattr(mr_client.Registry, "resolve", None)  # whoever asks fails

    assert registry.download("iris", offline=True) == files
    assert registry.download("model-registry://iris", offline=True) == files
    assert registry.download("iris", "v1", offline=True) == files  # what was newest has a name of its own
    assert connected(MR_OFFLINE="1").download("iris") == files
    with connected(MR_OFFLINE="1").open("iris", "model.bin") as content:
        assert content.read() == model
    assert len(web.asked) == asked


def test_offline_an_archive_that_was_left_packed_is_copied_as_it_is(
    connected: Connected, tmp_path: Path, target: Path
) -> None:
    with tarfile.open(tmp_path / "model.tar", "w") as archive:
        archive.add(__file__, "model.bin")
    uri = f"file://{tmp_path}/model.tar"
    connected(MR_UNPACK="false").download(uri)

    connected().download(uri, to=target, offline=True)

    assert sorted(tree(target)) == ["model.tar"]


def test_offline_a_model_is_copied_from_the_cache_into_a_folder(
    registry: mr_client.Registry, model: bytes, target: Path
) -> None:
    registry.download("iris")

    assert registry.download("iris", to=target, offline=True) == target
    assert tree(target) == {"model.bin": model}
    (target / "model.bin").write_bytes(b"mine")  # which the cache's own cannot be


def test_offline_what_the_cache_does_not_have_is_an_error_that_says_what_it_has(
    connected: Connected, registry: mr_client.Registry, model: bytes, folder: Path
) -> None:
    with pytest.raises(errors.FilesNotFound, match=r"'model-registry://iris' is not in the cache .* \(it has none\)"):
        registry.download("iris", offline=True)
    assert not folder.exists()
    registry.download("iris", "v1")

    for registry_, name, version in (
        (registry, "iris", None),
        (registry, "iris", "v2"),
        (registry, "file:///models/iris", None),
        (connected(STORAGE_ALLOW_PATTERNS="*.bin"), "iris", "v1"),
    ):
        with pytest.raises(errors.FilesNotFound, match=r"it has: 'model-registry://iris/v1'.*download it once"):
            registry_.download(name, version, offline=True)


def test_offline_another_registrys_model_of_the_same_name_is_another(
    registry: mr_client.Registry, model: bytes, folder: Path
) -> None:
    registry.download("iris", "v1")
    with (
        mr_client.Registry("http://other:8080", environ={"MR_CACHE": str(folder)}) as other,
        pytest.raises(errors.FilesNotFound),
    ):
        other.download("iris", "v1", offline=True)


def test_offline_the_lists_of_what_is_allowed_still_count(
    connected: Connected, registry: mr_client.Registry, model: bytes
) -> None:
    registry.download("iris")

    with pytest.raises(errors.NotAllowed, match="does not admit"):
        connected(MODEL_REGISTRY_ALLOWED_URI_PREFIXES="s3://models").download("iris", offline=True)
    with pytest.raises(errors.InvalidURI, match="names no version"):
        connected(MR_REQUIRE_VERSION="true").download("iris", offline=True)


def test_offline_the_server_that_only_the_registry_named_must_be_admitted_too(
    registry: mr_client.Registry, folder: Path, tmp_path: Path
) -> None:
    registry.register("named", "v1", uri="s3://models/iris?endpoint=https://minio.example&defaultRegion=r")
    (tmp_path / "model.bin").write_bytes(b"trained")
    variable, name = "MODEL_REGISTRY_ALLOWED_URI_PREFIXES", Name("named", "0" * 40)
    there = locate(f"file://{tmp_path}/model.bin", {})
    files = cached(
        *(there, registry.resolve("named"), [name], CacheSettings(folder)),
        wanted=Wanted(),
        environ={},
        copy=CopySettings(sync=False),
    )

    def offline(admitted: str) -> Path:
        return remembered(name, CacheSettings(folder), settings=Settings.from_env({variable: admitted}), patience=1)

    with pytest.raises(errors.NotAllowed, match="does not admit"):
        offline("s3://models")
    assert offline("s3://models,https://minio.example") == files


def test_offline_a_damaged_entry_is_none(registry: mr_client.Registry, model: bytes) -> None:
    files = registry.download("iris")
    files.chmod(0o755)
    (files / "model.bin").unlink()

    with pytest.raises(errors.FilesNotFound):
        registry.download("iris", offline=True)


def test_a_name_that_cannot_be_read_any_more_is_not_known(
    registry: mr_client.Registry, model: bytes, folder: Path
) -> None:
    registry.download("iris")
    for file in (folder / "names").iterdir():
        said = {"form": 1, "name": "iris", "places": [], "key": "../../somebodys"}
        file.write_text(json.dumps(said))

    assert cache.prune(folder=folder).size == 0
    with pytest.raises(errors.FilesNotFound, match="it has none"):
        registry.download("iris", offline=True)
    assert registry.download("iris").is_dir()
