"""Which files of a folder are uploaded, and under which keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mr_client.errors import FilesNotFound, InvalidURI, NotAllowed, UsageError
from mr_client.storage.upload.outgoing import key_fault, outgoing, plan_upload


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "b").write_bytes(b"bb")
    (folder / "sub" / "a").write_bytes(b"a")
    (tmp_path / "outside").write_bytes(b"x")
    return folder


def keys(source: Path, path: str, *, folder: bool = False) -> list[str]:
    plan = plan_upload(source, outgoing(source), "s3://bucket/…", path, folder=folder)
    return [key for _, key in plan.files]


def test_files_are_listed_in_the_order_of_their_names_with_their_sizes(model: Path) -> None:
    assert [(file.name, file.size) for file in outgoing(model)] == [("b", 2), ("sub/a", 1)]


def test_the_folder_itself_may_be_a_link(model: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(model)

    assert [file.name for file in outgoing(tmp_path / "latest")] == ["b", "sub/a"]


def test_links_within_the_folder_are_what_they_lead_to(model: Path) -> None:
    (model / "file").symlink_to("sub/a")
    (model / "folder").symlink_to("sub")

    assert [(file.name, file.size) for file in outgoing(model)] == [
        ("b", 2),
        ("file", 1),
        ("folder/a", 1),
        ("sub/a", 1),
    ]


@pytest.mark.parametrize("leads_to", ["../../outside", "../../..", "/etc/hostname", "../sub/../../outside"])
def test_a_link_that_leads_out_of_the_folder_is_refused(model: Path, leads_to: str) -> None:
    (model / "sub" / "link").symlink_to(leads_to)

    with pytest.raises(NotAllowed, match=r"link' to '.*' leads out of the folder: put a copy in its place \(cp -L\)"):
        outgoing(model)


def test_a_link_out_of_the_folder_by_another_link_is_refused(model: Path, tmp_path: Path) -> None:
    (model / "first").symlink_to("second")
    (model / "second").symlink_to(tmp_path / "outside")

    with pytest.raises(NotAllowed, match="leads out of the folder"):
        outgoing(model)


@pytest.mark.parametrize(("leads_to", "why"), [("gone", "leads nowhere"), (".", "without end"), ("..", "without end")])
def test_a_link_to_nothing_or_to_a_folder_around_it_is_refused(model: Path, leads_to: str, why: str) -> None:
    (model / "sub" / "link").symlink_to(leads_to)

    with pytest.raises(UsageError, match=why):
        outgoing(model)


def test_what_is_no_file_is_refused(model: Path) -> None:
    os.mkfifo(model / "pipe")

    with pytest.raises(UsageError, match="pipe' is no file and no folder"):
        outgoing(model)


@pytest.mark.parametrize("name", [".mr-part-journal", ".mr-part-0123456789abcdef0123", "sub/.mr-part-x"])
def test_what_an_interrupted_download_leaves_is_refused(model: Path, name: str) -> None:
    (model / name).write_bytes(b"x")

    with pytest.raises(UsageError, match="is what an interrupted download leaves"):
        outgoing(model)


def test_one_file_alone_of_such_a_name_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / ".mr-part-x").write_bytes(b"x")

    with pytest.raises(UsageError, match="is what an interrupted download leaves"):
        outgoing(tmp_path / ".mr-part-x")


def test_nothing_there_and_nothing_in_it_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty" / "below").mkdir(parents=True)

    with pytest.raises(FilesNotFound, match="Nothing is at"):
        outgoing(tmp_path / "gone")
    with pytest.raises(FilesNotFound, match="No file is in"):
        outgoing(tmp_path / "empty")


@pytest.mark.parametrize(
    ("path", "expected"),
    [("", ["b", "sub/a"]), ("iris/v1", ["iris/v1/b", "iris/v1/sub/a"]), ("v1/", ["v1/b", "v1/sub/a"])],
)
def test_files_go_below_the_place(model: Path, path: str, expected: list[str]) -> None:
    assert keys(model, path) == expected


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [("v1", False, "v1/b"), ("v1/b", False, "v1/b"), ("v1/b/", True, "v1/b/b"), ("", True, "b"), ("b", False, "b")],
)
def test_one_file_goes_below_the_place_unless_the_place_has_its_name(
    model: Path, path: str, folder: bool, expected: str
) -> None:
    assert keys(model / "b", path, folder=folder) == [expected]


@pytest.mark.parametrize("path", ["a//b", "a/./b", "../b", "a/.."])
def test_a_place_that_no_download_could_name_is_refused(model: Path, path: str) -> None:
    with pytest.raises(InvalidURI, match="has an empty part, or a part"):
        keys(model, path)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("a\tb", "control character"),
        ("a\x7fb", "control character"),
        (os.fsdecode(b"\xff"), "UTF-8"),
        ("ü" * 513, "1026 bytes"),
    ],
)
def test_what_no_store_can_hold_is_told(key: str, why: str) -> None:
    assert why in str(key_fault(key))


@pytest.mark.parametrize("key", ["a b", "ü" * 512, "%2e", "back\\slash"])
def test_what_a_store_can_hold_is_no_fault(key: str) -> None:
    assert key_fault(key) is None
