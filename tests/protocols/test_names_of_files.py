"""Names, folders and what is in the way: each file arrives under its own name, or an error comes before the first byte."""

from __future__ import annotations

import os
import unicodedata
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import mr_client
from mr_client.errors import NotAllowed, NotFound, TransferError
from mr_client.storage.copy.journal import JOURNAL
from mr_client.storage.copy.settings import CopySettings
from servers.s3 import S3Server
from servers.web import WebServer

FAST = CopySettings(sync=False, wait=0.001)
NAMES = [
    "with space",
    " around ",
    "per%cent",
    "encoded%2Fslash",
    "%2e%2e",
    "plus+",
    "hash#",
    "question?x=y",
    "amper&sand=1",
    "'single' \"double\"",
    "back\\slash",
    "semi;colon,comma:colon",
    "[a]*{b}|<c>^`~$!()@",
    "...",
    ".hidden",
    "-dash",
    "ünïcödé-模型-🙂",
    "n" * 255,
    "ü" * 127,
]
NEWLINE = "new\nline\ttab"
COMPOSED, DECOMPOSED = unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")


def found(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def bring(uri: str, target: Path, **environ: str) -> mr_client.Receipt:
    return mr_client.fetch(uri, target, environ=environ, copy=FAST)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder to copy from."""
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


# -- S3 ---------------------------------------------------------------------------------------

PutAndBring = Callable[[dict[str, bytes], str], None]


@pytest.fixture
def bucket(s3: S3Server) -> str:
    """A bucket of this test's own."""
    name = f"names-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(name)
    return name


@pytest.fixture
def put_and_bring(s3: S3Server, bucket: str, target: Path) -> PutAndBring:
    def put_and_bring(content: dict[str, bytes], path: str) -> None:
        filesystem = s3.filesystem()
        for key, body in content.items():
            filesystem.call_s3("put_object", Bucket=bucket, Key=key, Body=body)
        bring(f"s3://{bucket}/{path}", target, **s3.environ)

    return put_and_bring


def test_objects_with_anything_in_their_names_arrive_with_it(put_and_bring: PutAndBring, target: Path) -> None:
    content = {name: name.encode() for name in [*NAMES, COMPOSED, DECOMPOSED]}

    put_and_bring({f"model/{name}": body for name, body in content.items()}, "model/")

    assert found(target) == content


def test_neighbours_markers_and_empty_files_of_a_bucket(put_and_bring: PutAndBring, target: Path) -> None:
    content = {
        "model/": b"",
        "model/sub/": b"",
        "model/sub/a": b"a",
        "model/empty": b"",
        "model2/b": b"b",
        "model.c": b"c",
    }

    put_and_bring(content, "model")

    assert found(target) == {"sub/a": b"a", "empty": b""}


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        (["model//a"], "model/"),
        (["model/./a", "model/a"], "model/"),
        (["model/./a"], "model/"),
        (["model/../a"], "model/"),
        (["/model/a"], "/model/"),
        (["model/a/", "model/a/b"], "model/"),
    ],
    ids=["double slash", "dot and none", "dot", "dots", "leading slash", "marker"],
)
def test_a_key_that_is_no_plain_path_is_brought_as_it_is_or_refused_and_never_another_object(
    put_and_bring: PutAndBring, bucket: str, target: Path, keys: list[str], path: str
) -> None:
    content = {key: f"at {key}".encode() if not key.endswith("/") else b"" for key in keys}
    others = {"a": b"another object", "model/b": b"b"}

    with suppress(NotFound, NotAllowed, TransferError):
        put_and_bring({**others, **content}, path)

    arrived = found(target) if target.exists() else {}
    assert b"another object" not in arrived.values()
    for name, body in arrived.items():
        if name.startswith(".mr-part-"):
            continue  # what an error leaves of the other file, for the next run
        assert body in (b"b", *(content[key] for key in keys if Path(key).name == Path(name).name))


def test_an_object_that_is_also_a_folder_is_refused_before_the_first_byte(
    put_and_bring: PutAndBring, target: Path
) -> None:
    with pytest.raises(TransferError, match="is a file, and the folder of"):
        put_and_bring({"model/a": b"a", "model/a/b": b"b"}, "model/")
    assert not target.exists()


# -- memory and local folders -----------------------------------------------------------------


def test_ten_thousand_files_arrive(source: Path, target: Path) -> None:
    content = {f"{number % 97}/{number}": b"%d" % number for number in range(10_000)}
    for folder in range(97):
        (source / str(folder)).mkdir()
    for name, body in content.items():
        (source / name).write_bytes(body)

    receipt = bring(source.as_uri(), target)
    again = bring(source.as_uri(), target)

    assert (receipt.files, again.fetched) == (10_000, 0)
    assert found(target) == content


def test_local_files_with_anything_in_their_names_arrive_with_it(source: Path, target: Path) -> None:
    names = [*NAMES, NEWLINE, COMPOSED, DECOMPOSED]
    for name in names:
        (source / name).write_text(name)

    bring(source.as_uri(), target)

    assert found(target) == {name: name.encode() for name in names}


def test_a_name_that_is_not_utf_8_arrives_byte_for_byte(source: Path, target: Path) -> None:
    (source / os.fsdecode(b"latin-\xe9")).write_text("x")

    bring(source.as_uri(), target)

    assert [os.fsencode(path.name) for path in target.iterdir()] == [b"latin-\xe9"]


def test_folders_may_be_nested_deeply(memory: Any, target: Path) -> None:
    deep = "/".join("a" * 450)
    memory.store.clear()
    memory.pipe(f"/model/{deep}/file", b"x")

    bring("memory://model", target)

    assert (target / deep / "file").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("name", "says"),
    [("n" * 256, "256 bytes is longer than the 255"), ("ü" * 128, "256 bytes"), ("d/" * 2100 + "f", "shorter path")],
    ids=["256", "256 in UTF-8", "path"],
)
def test_a_name_that_the_disk_cannot_hold_is_refused_before_the_first_byte(
    memory: Any, target: Path, name: str, says: str
) -> None:
    memory.pipe({"/model/fine": b"x", f"/model/{name}": b"x"})

    with pytest.raises(TransferError, match=says):
        bring("memory://model", target)
    assert not target.parent.exists()


@pytest.mark.parametrize("name", [JOURNAL, ".mr-part-" + "0" * 20, "sub/.mr-part-" + "0" * 20 + "/a"])
def test_a_name_that_unfinished_files_have_is_refused_before_the_first_byte(
    memory: Any, target: Path, name: str
) -> None:
    memory.pipe({"/model/fine": b"x", f"/model/{name}": b"x"})

    with pytest.raises(TransferError, match=r"has a name that unfinished files have here: rename or remove it\."):
        bring("memory://model", target)
    assert not target.exists()


# -- the web ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("...",)] + [NEWLINE])
def test_an_encoded_address_gives_a_file_its_decoded_name(web: WebServer, target: Path, name: str) -> None:
    path = "/" + quote(name, safe="")
    web.content[path] = name.encode()

    bring(web.url + path, target)

    assert found(target) == {name: name.encode()}


def test_an_encoded_slash_makes_a_folder_and_never_leaves_the_destination(web: WebServer, target: Path) -> None:
    web.content["/sub%2Fmodel.bin"], web.content["/..%2Fevil"] = b"x", b"evil"

    bring(web.url + "/sub%2Fmodel.bin", target)
    with pytest.raises(NotAllowed, match="outside the destination"):
        bring(web.url + "/..%2Fevil", target)

    assert found(target.parent) == {"models/sub/model.bin": b"x"}


def test_an_address_with_dots_is_not_taken_for_another(web: WebServer, target: Path) -> None:
    web.content["/a/b"], web.content["/b"] = b"in the folder", b"above"

    for path in ("/a/./b", "/a/../b"):
        with pytest.raises(TransferError, match=r"has a part '\.' or '\.\.', which leads elsewhere on the web"):
            bring(web.url + path, target)
    assert not target.exists()


# -- what is in the way -----------------------------------------------------------------------


def model(memory: Any, target: Path) -> None:
    """Put a model of two files where it can be brought from, and make the destination."""
    memory.store.clear()
    memory.pipe({"/model/a": b"the model", "/model/sub/b": b"below"})
    target.mkdir(parents=True)


def test_a_file_that_differs_in_size_or_time_is_replaced_and_the_same_is_kept(source: Path, target: Path) -> None:
    for name in ("same", "other size", "other time"):
        (source / name).write_text("content")
        os.utime(source / name, (1_700_000_000, 1_700_000_000))
    bring(source.as_uri(), target)
    (target / "other size").write_text("longer content")
    (target / "other time").write_text("CONTENT")
    before = {path.name: path.stat().st_ino for path in target.iterdir()}

    receipt = bring(source.as_uri(), target)

    assert set(found(target).values()) == {b"content"}
    assert receipt.fetched == 14
    assert (target / "same").stat().st_ino == before["same"]


def test_a_read_only_file_is_replaced(memory: Any, target: Path) -> None:
    model(memory, target)
    (target / "a").write_text("old")
    (target / "a").chmod(0o400)

    bring("memory://model", target)

    assert (target / "a").read_bytes() == b"the model"
    assert (target / "a").stat().st_mode & 0o777 == 0o644


def test_what_a_hard_link_or_a_link_leads_to_is_left_as_it_is(memory: Any, target: Path, tmp_path: Path) -> None:
    model(memory, target)
    for name in ("linked", "pointed at"):
        (tmp_path / name).write_text("mine")
    (target / "a").hardlink_to(tmp_path / "linked")
    (target / "sub").mkdir()
    (target / "sub/b").symlink_to(tmp_path / "pointed at")

    bring("memory://model", target)

    assert found(target) == {"a": b"the model", "sub/b": b"below"}
    assert not (target / "sub/b").is_symlink()
    assert (tmp_path / "linked").read_text() == (tmp_path / "pointed at").read_text() == "mine"
    assert (tmp_path / "linked").stat().st_nlink == 1


def test_a_link_to_nothing_is_replaced_by_a_file_and_nothing_is_made_where_it_leads(
    memory: Any, target: Path, tmp_path: Path
) -> None:
    model(memory, target)
    (target / "a").symlink_to(tmp_path / "nothing")

    bring("memory://model", target)

    assert not (target / "a").is_symlink()
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(
    ("put", "kind", "says"),
    [
        (lambda folder: (folder / "a").mkdir(), TransferError, "is a folder, where a file should be"),
        (lambda folder: (folder / "sub").write_text(""), TransferError, "is a file, where a folder should be"),
        (lambda folder: (folder / "sub").symlink_to("nothing"), TransferError, "where a folder should be"),
        (lambda folder: (folder / "sub").symlink_to(folder.parent), NotAllowed, "leads out of"),
        (lambda folder: (folder / "sub").symlink_to("sub"), TransferError, "sub"),
    ],
    ids=["folder", "file", "link to nothing", "link out", "link to itself"],
)
def test_what_cannot_be_replaced_is_an_error_before_the_first_byte(
    memory: Any, target: Path, put: Callable[[Path], object], kind: type[Exception], says: str
) -> None:
    model(memory, target)
    put(target)
    before = sorted(path.name for path in target.iterdir())

    with pytest.raises(kind, match=says):
        bring("memory://model", target)
    assert sorted(path.name for path in target.iterdir()) == before
    assert sorted(path.name for path in target.parent.iterdir()) == [target.name]


def test_a_link_within_the_destination_does_not_make_two_files_one(memory: Any, target: Path) -> None:
    memory.store.clear()
    memory.pipe({"/model/one/x": b"11", "/model/two/x": b"22"})
    (target / "one").mkdir(parents=True)
    (target / "two").symlink_to("one")

    with pytest.raises(TransferError, match="are one file by a link"):
        bring("memory://model", target)
    assert found(target) == {}


def test_a_link_within_the_destination_that_does_no_harm_is_followed(memory: Any, target: Path) -> None:
    model(memory, target)
    (target / "elsewhere").mkdir()
    (target / "sub").symlink_to("elsewhere")

    bring("memory://model", target)

    assert (target / "elsewhere/b").read_bytes() == b"below"


@pytest.mark.parametrize("spelling", ["link", "link/", "folder/", "folder/.", "folder/../folder", "folder//", "."])
def test_a_destination_may_be_spelled_in_any_way(
    memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    folder = tmp_path / "folder"
    model(memory, folder)
    (tmp_path / "link").symlink_to("folder")
    monkeypatch.chdir(folder if spelling == "." else tmp_path)

    bring("memory://model", Path(spelling))
    again = bring("memory://model", Path(spelling))

    assert found(folder) == {"a": b"the model", "sub/b": b"below"}
    assert sorted(path.name for path in folder.iterdir()) == ["a", "sub"]
    assert (tmp_path / "link").is_symlink()
    assert again.files == 2
