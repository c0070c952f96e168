"""A file of a model, read where it is."""

from __future__ import annotations

import io
import json
import os
import random
import re
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mr_client
from mr_client import errors
from servers.s3 import S3Server
from servers.web import Request, WebServer

MIB = 1024 * 1024


@pytest.fixture
def registry(registry_url: str) -> Iterator[mr_client.Registry]:
    with mr_client.Registry(registry_url, environ={}) as registry:
        yield registry


@pytest.fixture
def body(web: WebServer) -> bytes:
    """What is at ``/model.bin``: 40 MiB."""
    web.content["/model.bin"] = os.urandom(MIB) * 40
    return web.content["/model.bin"]


def ranges(web: WebServer) -> list[int]:
    """Return how many bytes each request asked for, but for those that ask what there is."""
    found = [re.fullmatch(r"bytes=(\d+)-(\d+)", each or "") for _, each in web.asked]
    return [size for each in found if each and (size := int(each[2]) - int(each[1]) + 1) > 1]


def test_a_part_of_a_file_costs_about_that_part(registry: mr_client.Registry, web: WebServer, body: bytes) -> None:
    registry.register("iris", "v1", uri=f"{web.url}/model.bin")

    with registry.open("iris", "model.bin") as content:
        content.seek(-100, io.SEEK_END)
        assert content.read() == body[-100:]
        content.seek(20 * MIB)
        assert content.read(1000) == body[20 * MIB : 20 * MIB + 1000]
        assert content.tell() == 20 * MIB + 1000

    assert web.sent < 300_000
    assert all(asked_range for _, asked_range in web.asked)


def test_a_file_that_is_read_from_front_to_back_takes_few_requests(web: WebServer, body: bytes) -> None:
    with mr_client.open(f"{web.url}/model.bin") as content:
        found = b"".join(iter(lambda: content.read(100_000), b""))

    assert found == body
    assert len(web.asked) < 15
    assert max(ranges(web)) == 16 * MIB
    assert web.sent <= len(body) + 1


def test_more_is_asked_for_the_longer_a_file_is_read_and_little_again_after_a_seek(web: WebServer, body: bytes) -> None:
    with mr_client.open(f"{web.url}/model.bin") as content:
        while len(ranges(web)) < 4:
            content.read(60_000)
        content.seek(10 * MIB)
        assert content.read(1) == body[10 * MIB : 10 * MIB + 1]
        content.seek(30 * MIB)
        assert content.read(1) == body[30 * MIB : 30 * MIB + 1]

    assert ranges(web) == [128 * 1024, 256 * 1024, 512 * 1024, MIB, 128 * 1024, 128 * 1024]


def test_a_place_whose_bytes_have_come_is_gone_to_without_a_question(web: WebServer, body: bytes) -> None:
    with mr_client.open(f"{web.url}/model.bin") as content:
        content.read(1)
        for place in (100_000, 70_000, 0, 128 * 1024 - 1):
            content.seek(place)
            assert content.read(1) == body[place : place + 1]

    assert ranges(web) == [128 * 1024]


def test_what_is_read_at_once_is_asked_for_at_once(web: WebServer, body: bytes) -> None:
    with mr_client.open(f"{web.url}/model.bin") as content:
        content.seek(MIB)
        assert content.read(3 * MIB) == body[MIB : 4 * MIB]

    assert len(ranges(web)) <= 2
    assert sum(ranges(web)) < 4 * MIB


def test_behind_the_end_there_is_nothing_and_before_the_beginning_nobody_can_go(web: WebServer, body: bytes) -> None:
    with mr_client.open(f"{web.url}/model.bin") as content:
        assert content.seek(5, io.SEEK_END) == len(body) + 5
        assert content.read() == content.read(10) == b""
        assert content.tell() == len(body) + 5
        with pytest.raises(ValueError, match="before the first byte"):
            content.seek(-len(body) - 1, io.SEEK_END)
        with pytest.raises(ValueError, match="whence"):
            content.seek(0, 9)
        content.seek(-3, io.SEEK_END)
        assert content.read() == body[-3:]
        assert content.tell() == len(body)

    assert ranges(web) == [3]


def test_a_file_that_is_begun_again_is_read_from_its_beginning(web: WebServer) -> None:
    web.content["/model.bin"] = b"x" * 300_000
    web.ranges = False
    web.cuts = [250_000]

    with mr_client.open(f"{web.url}/model.bin") as content:
        assert len(content.read()) == 300_000


def test_the_only_file_has_its_name_too_and_of_many_a_few_are_named(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "model.bin").write_bytes(b"trained")
    (tmp_path / "many").mkdir()
    for number in range(7):
        (tmp_path / "many" / f"{number}.bin").touch()

    with pytest.raises(errors.FilesNotFound, match=r"which has 'model.bin': name one of them"):
        mr_client.open(f"file://{tmp_path}/one", "modle.bin")
    with pytest.raises(errors.FilesNotFound, match=r"'0.bin', '1.bin', '2.bin', '3.bin', '4.bin' and 2 more"):
        mr_client.open(f"file://{tmp_path}/many")


def test_all_of_a_file_is_one_request(web: WebServer, body: bytes) -> None:
    with mr_client.open(f"{web.url}/model.bin", "model.bin") as content:
        assert content.read() == body
        assert content.read() == b""

    assert len(web.asked) == 2  # what there is, and all of it


def test_any_walk_through_a_file_reads_what_is_there(web: WebServer) -> None:
    web.content["/model.bin"] = os.urandom(400_000)
    there, chance = io.BytesIO(web.content["/model.bin"]), random.Random(7)
    with mr_client.open(f"{web.url}/model.bin") as content:
        for _ in range(60):
            place, whence = chance.choice([(chance.randrange(450_000), 0), (chance.randrange(-9, 999), 1), (-5, 2)])
            if whence == 1 and there.tell() + place < 0:
                continue
            assert content.seek(place, whence) == there.seek(place, whence)
            size = chance.choice([0, 1, 10, 5_000, 140_000])
            assert content.read(size) == there.read(size)


def test_what_libraries_do_with_files_can_be_done(web: WebServer) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("weights.bin", os.urandom(3 * MIB))
    web.content["/model.npz"] = packed.getvalue()

    with mr_client.open(f"{web.url}/model.npz") as content, zipfile.ZipFile(content) as archive:
        assert archive.read("config.json") == b"{}"

    assert web.sent < 2 * MIB


def test_a_file_on_s3_is_read_by_the_credentials_of_the_environment(
    registry_url: str, s3: S3Server, tmp_path: Path
) -> None:
    bucket = f"opened-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(bucket)
    s3.filesystem().pipe(f"{bucket}/iris/sub/config.json", b'{"a": "\xc3\xa4"}')
    s3.filesystem().pipe(f"{bucket}/iris/model.bin", b"0123456789")
    with mr_client.Registry(registry_url, environ=s3.environ) as registry:
        registry.register("iris", "v1", uri=f"s3://{bucket}/iris")

        with mr_client.open("model-registry://iris/v1", "model.bin", registry=registry) as content:
            content.seek(4)
            assert content.read(2) == b"45"
        with registry.open("iris", "sub/config.json", "r", version="v1") as text:
            assert json.load(text) == {"a": "ä"}
        with pytest.raises(errors.FilesNotFound, match=r"No file 'modle.bin' is below .* has 'model.bin', 'sub/config"):
            registry.open("iris", "modle.bin")
        with pytest.raises(errors.FilesNotFound, match="One file is to be opened below"):
            registry.open("iris")


def test_a_file_in_memory_and_one_on_a_disk(memory: Any, tmp_path: Path) -> None:
    memory.pipe("/models/iris/model.bin", b"0123456789")
    (tmp_path / "empty").touch()

    with mr_client.open("memory://models/iris", "model.bin") as content:
        assert content.read(3) == b"012"
        assert content.seekable()
        assert content.readable()
        assert not content.writable()
    with mr_client.open(str(tmp_path), "empty") as content:
        assert content.read() == b""


def test_a_name_that_leads_out_of_the_model_is_none_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.bin").write_bytes(b"trained")
    (tmp_path / "secret").write_bytes(b"secret")

    with pytest.raises(errors.FilesNotFound):
        mr_client.open(f"file://{tmp_path}/model", "../secret")


def test_a_file_without_ranges_is_read_in_one_go(web: WebServer) -> None:
    web.content["/model.bin"] = os.urandom(300_000)
    web.ranges = web.lengths = False
    web.cuts = [100_000]

    with mr_client.open(f"{web.url}/model.bin") as content:
        content.seek(200_000)
        assert content.read() == web.content["/model.bin"][200_000:]


def test_a_connection_that_breaks_is_made_again(web: WebServer, body: bytes) -> None:
    with mr_client.open(f"{web.url}/model.bin") as content:
        web.cuts = [70_000]
        assert content.read(MIB) == body[:MIB]


def test_two_contents_are_never_mixed(web: WebServer, body: bytes) -> None:
    with mr_client.open(f"{web.url}/model.bin") as content:
        assert content.read(10) == body[:10]
        web.content["/model.bin"] = os.urandom(MIB) * 40
        content.seek(30 * MIB)
        with pytest.raises(errors.SourceChanged):
            content.read(10)


def test_an_answer_that_is_too_short_is_no_end(web: WebServer, body: bytes) -> None:
    def short(request: Request) -> None:
        request.head(length=10)
        request.send(request.wanted[:10])

    with mr_client.open(f"{web.url}/model.bin") as content:
        web.answers = [short]
        assert content.read(1000) == body[:1000]


def test_a_closed_file_is_closed(web: WebServer, body: bytes) -> None:
    content = mr_client.open(f"{web.url}/model.bin")
    content.close()

    assert content.closed
    with pytest.raises(ValueError, match="closed"):
        content.read(1)


@pytest.mark.parametrize("mode", ["w", "wb", "a", "r+b", ""])
def test_a_model_is_opened_for_reading_alone(web: WebServer, mode: str) -> None:
    with pytest.raises(errors.UsageError, match="opened for reading, not with mode"):
        mr_client.open(f"{web.url}/model.bin", mode=mode)  # type: ignore[call-overload]
    assert web.asked == []


def test_the_guards_of_a_copy_stand_here_too(registry_url: str, web: WebServer, body: bytes) -> None:
    def opening(uri: str, **environ: str) -> None:
        with mr_client.Registry(registry_url, environ=environ) as registry:
            registry.open(uri)

    with pytest.raises(errors.NotAllowed):
        opening("http://169.254.169.254/latest/meta-data")
    with pytest.raises(errors.NotAllowed, match="CONFIDENTIAL_ENABLED"):
        opening(f"{web.url}/model.bin", CONFIDENTIAL_ENABLED="true")
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=f"{web.url}/model.bin")
    with pytest.raises(errors.NotAllowed, match="does not admit"):
        opening("iris", MODEL_REGISTRY_ALLOWED_URI_PREFIXES="s3://models")
    assert web.asked == []
