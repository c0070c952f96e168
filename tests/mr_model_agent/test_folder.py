"""How a model gets into the folder, and out of it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from mr_client.errors import TransferError, UsageError
from mr_model_agent import folder as folders
from mr_model_agent.folder import ModelFolder
from mr_model_agent.models_json import ModelSpec

IRIS = ModelSpec("iris", "s3://m/iris", "sklearn", "1Gi")
NEWER = ModelSpec("iris", "s3://m/newer")
GO = "SUCCESS." + "a" * 64


@pytest.fixture
def folder(target: Path) -> ModelFolder:
    made = ModelFolder(target)
    made.prepare()
    return made


def brought(folder: ModelFolder, spec: ModelSpec, content: bytes = b"trained") -> None:
    incoming = folder.incoming(spec)
    incoming.mkdir(parents=True)
    (incoming / "model.bin").write_bytes(content)
    folder.put(spec, incoming)


def whole(folder: ModelFolder, spec: ModelSpec) -> None:
    """Leave what a run leaves that is killed before it puts in place what it has fetched."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "rename", _killed)
        with pytest.raises(KeyboardInterrupt):
            brought(folder, spec)


def _killed(path: Path, target: Path) -> Path:
    raise KeyboardInterrupt


def success(folder: ModelFolder, name: str, uri: object, marker: str = GO) -> None:
    (folder.path / name).mkdir(exist_ok=True)
    (folder.path / name / marker).write_text(json.dumps({"storageUri": uri, "framework": "sklearn", "memory": "1Gi"}))


def test_what_was_put_in_place_is_there_for_the_next_run(folder: ModelFolder) -> None:
    brought(folder, IRIS)

    again = ModelFolder(folder.path)
    again.prepare()
    assert again.models() == {"iris": IRIS.uri}
    assert (folder.path / "iris" / "model.bin").read_bytes() == b"trained"


def test_another_takes_the_place_with_nothing_left_of_the_first(folder: ModelFolder) -> None:
    brought(folder, IRIS)
    (folder.path / "iris" / "extra").touch()
    brought(folder, NEWER, b"newer")

    assert folder.there("iris") == NEWER.uri
    assert (folder.path / "iris" / "model.bin").read_bytes() == b"newer"
    assert not (folder.path / "iris" / "extra").exists()
    assert not any((folder.path / ".mr-agent" / "outgoing").iterdir())
    assert not any((folder.path / ".mr-agent" / "incoming").iterdir())


def test_what_takes_the_place_is_on_the_disk_before_what_was_there_is_deleted(
    folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(folder, IRIS)
    seen: list[tuple[str | None, int]] = []

    def synced(path: Path) -> None:
        seen.append((folder.there("iris"), len(list((path / ".mr-agent" / "outgoing").iterdir()))))

    monkeypatch.setattr(folders, "sync_folder", synced)
    brought(folder, NEWER)

    assert seen == [(NEWER.uri, 1)]


def test_what_is_begun_for_another_uri_is_not_gone_on_with(folder: ModelFolder) -> None:
    begun = folder.incoming(IRIS)
    begun.mkdir(parents=True)

    assert folder.incoming(IRIS) == begun
    assert begun.exists()
    assert folder.incoming(NEWER) != begun
    assert not begun.exists()


def test_a_model_of_the_go_agent_is_understood(folder: ModelFolder) -> None:
    success(folder, "iris", IRIS.uri)

    assert folder.models() == {"iris": IRIS.uri}


def test_go_success_files_that_differ_mean_nothing_is_known(folder: ModelFolder) -> None:
    success(folder, "iris", "s3://m/1")
    success(folder, "iris", "s3://m/2", "SUCCESS." + "b" * 64)

    assert folder.there("iris") is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"storageUri": 7}', "null", "[" * 100_000])
def test_a_success_file_that_says_nothing_counts_as_none(folder: ModelFolder, content: str) -> None:
    (folder.path / "iris").mkdir()
    (folder.path / "iris" / GO).write_text(content)

    assert folder.models() == {}


def test_a_success_file_among_a_models_own_files_does_not_stand_for_ours(folder: ModelFolder) -> None:
    brought(folder, IRIS)
    success(folder, "iris", "s3://m/other")

    assert folder.there("iris") == IRIS.uri


def test_a_folder_that_nobody_has_marked_is_none_of_ours(folder: ModelFolder) -> None:
    (folder.path / "lost+found").mkdir()
    (folder.path / "other").mkdir()

    assert folder.models() == {}


def test_what_is_deleted_is_no_model_even_if_the_deleting_is_cut_short(folder: ModelFolder) -> None:
    brought(folder, IRIS)
    (folder.path / "iris").rename(folder.path / ".mr-agent" / "outgoing" / "iris-1")

    again = ModelFolder(folder.path)
    assert again.models() == {}
    again.prepare()
    assert not any((folder.path / ".mr-agent" / "outgoing").iterdir())


def test_what_could_not_be_deleted_is_deleted_by_the_next_try(
    folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on NFS, while a server has files open."""
    brought(folder, IRIS)
    (others := folder.path / ".mr-agent" / "outgoing" / "iris-large-01234567").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", _busy)
        with pytest.raises(TransferError, match="in use"):
            folder.delete("iris")
    assert folder.models() == {}
    folder.delete("iris")

    assert [*(folder.path / ".mr-agent" / "outgoing").iterdir()] == [others], "which is another model's"


def _busy(path: Path) -> None:
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def test_what_was_fetched_whole_gets_its_place_in_the_next_run_if_it_is_free(folder: ModelFolder) -> None:
    whole(folder, IRIS)
    folder.prepare()

    assert folder.models() == {"iris": IRIS.uri}
    assert not any((folder.path / ".mr-agent" / "incoming").iterdir())


def test_what_was_fetched_whole_waits_where_the_place_is_taken(folder: ModelFolder) -> None:
    brought(folder, IRIS)
    whole(folder, NEWER)
    folder.prepare()

    assert folder.there("iris") == IRIS.uri
    assert folder.is_brought(NEWER)
    assert not folder.is_brought(IRIS)


def test_what_was_fetched_whole_waits_where_a_link_leads_nowhere(folder: ModelFolder) -> None:
    whole(folder, IRIS)
    (folder.path / "iris").symlink_to("nowhere")
    folder.prepare()

    assert (folder.path / "iris").is_symlink()
    assert folder.is_brought(IRIS)


def test_what_was_only_begun_is_known_to_the_next_run(folder: ModelFolder) -> None:
    folder.incoming(IRIS).mkdir(parents=True)

    assert folder.models() == {"iris": None}


def test_where_nobody_can_see_whether_files_were_begun_they_may_have_been(
    folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "is_dir", _busy)

    assert folder.begun("iris")


@pytest.mark.parametrize("name", ["SUCCESS." + "a" * 64, "model.bin"])
def test_what_has_not_its_own_mark_is_not_whole(folder: ModelFolder, name: str) -> None:
    incoming = folder.incoming(IRIS)
    incoming.mkdir(parents=True)
    (incoming / name).write_text(json.dumps({"storageUri": IRIS.uri}))

    assert not folder.is_brought(IRIS)
    folder.prepare()
    assert folder.there("iris") is None
    assert folder.begun("iris")


def test_the_mark_of_another_uri_among_what_is_fetched_does_not_make_it_whole(folder: ModelFolder) -> None:
    place = folder.incoming(IRIS)
    whole(folder, NEWER)
    next(place.parent.iterdir()).rename(place)

    assert not folder.is_brought(IRIS)
    folder.prepare()
    assert folder.there("iris") is None


def test_what_was_loaded_of_the_same_uri_is_not_what_is_there_once_it_is_fetched_anew(folder: ModelFolder) -> None:
    brought(folder, IRIS)
    folder.note_loaded("iris", IRIS.uri)
    brought(folder, IRIS)

    assert folder.noted_loaded("iris") is None


def test_deleting_leaves_nothing_of_a_model(folder: ModelFolder) -> None:
    brought(folder, IRIS)
    folder.note_loaded("iris", IRIS.uri)
    folder.incoming(NEWER).mkdir(parents=True)
    folder.delete("iris")

    assert folder.models() == {}
    left = [path.relative_to(folder.path).as_posix() for path in folder.path.rglob("*")]
    assert sorted(left) == [".mr-agent", ".mr-agent/incoming", ".mr-agent/loaded", ".mr-agent/outgoing"]


def test_a_link_that_somebody_has_put_there_is_deleted_and_not_followed(folder: ModelFolder, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis").touch()
    (folder.path / "iris").symlink_to(precious)
    folder.delete("iris")

    assert not (folder.path / "iris").is_symlink()
    assert not any((folder.path / ".mr-agent" / "outgoing").iterdir())
    assert (precious / "thesis").exists()


def test_what_was_loaded_is_known_until_other_files_take_the_place(folder: ModelFolder) -> None:
    brought(folder, IRIS)
    folder.note_loaded("iris", IRIS.uri)
    assert folder.noted_loaded("iris") == IRIS.uri

    brought(folder, NEWER)
    assert folder.noted_loaded("iris") is None


@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_place_that_is_no_folder_is_left_alone(folder: ModelFolder, tmp_path: Path, kind: str) -> None:
    place = folder.path / "iris"
    place.write_text("mine") if kind == "file" else place.symlink_to(tmp_path)

    with pytest.raises(TransferError, match="is no folder"):
        brought(folder, IRIS)
    assert place.is_symlink() or place.read_text() == "mine"


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models").touch()

    with pytest.raises(UsageError, match="no folder"):
        ModelFolder(tmp_path / "models").prepare()


def test_the_marker_is_not_for_everybody_since_a_uri_may_hold_a_signature(folder: ModelFolder) -> None:
    brought(folder, IRIS)

    (marker,) = (folder.path / "iris").glob("SUCCESS.*")
    assert marker.stat().st_mode & 0o007 == 0
    assert json.loads(marker.read_text()) == {"storageUri": IRIS.uri, "framework": "sklearn", "memory": "1Gi"}


def test_what_is_deleted_of_another_model_is_left_to_it(folder: ModelFolder) -> None:
    anothers = folder.path / ".mr-agent" / "outgoing" / "iris-v1-0123abcd"
    anothers.mkdir()
    folder.delete("iris.v1")

    assert anothers.exists()


@pytest.mark.parametrize("note", [b"", b"\xff", hashlib.sha256(NEWER.uri.encode()).hexdigest().encode()])
def test_a_note_of_something_else_says_that_nothing_is_known_to_be_loaded(folder: ModelFolder, note: bytes) -> None:
    brought(folder, IRIS)
    (folder.path / ".mr-agent" / "loaded" / "iris").write_bytes(note)

    assert folder.noted_loaded("iris") is None


def test_a_uri_that_is_no_text_to_others_has_a_place_of_its_own(folder: ModelFolder) -> None:
    strange = ModelSpec("iris", json.loads('"s3://m/\\ud800"'))

    assert folder.incoming(strange) != folder.incoming(IRIS)
