"""Two uploads into one empty place at the same time: whoever is not the first is told, and no file is of two.

Against real servers where they decide at one moment. Swift looks before it takes the bytes: so with it one upload is
done while the other has looked and has not begun.
"""

from __future__ import annotations

import errno
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import mr_client
from mr_client.errors import AlreadyExists
from mr_client.flow import fetch
from mr_client.storage.copy.progress import NoProgress
from mr_client.storage.copy.settings import CopySettings
from mr_client.uploading import Uploaded, upload
from protocols.test_upload import Place, found, made
from servers.gcs import GCSServer
from servers.s3 import S3Server
from servers.uploads_s3 import UploadsS3, uploads_s3

MIB = 1024 * 1024
LARGE = 8 * MIB + 7
"""Bytes of a file that S3 and Azure get in parts, and Google in a session."""
SETTINGS = CopySettings(range_size=4 * MIB, wait=0.001, sync=False, attempts=3)
ONE = CopySettings(range_size=4 * MIB, wait=0.001, sync=False, attempts=3, workers=1)
SAID = r"^'[^']*' was not there when this upload began, and is now: somebody else writes to that place, so name another"


@dataclass
class Stub(Place):
    s3: UploadsS3


class At(NoProgress):
    """Does something once: when all is looked at and nothing sent, or when ``bytes`` were."""

    def __init__(self, do: Callable[[], object], sent: int = 0) -> None:
        self.do = [do]
        self.left = sent
        self.lock = threading.Lock()

    def begin(self, files: int, size: int | None, /) -> None:
        if not self.left:
            self.do.pop()()

    def advance(self, arrived: int, /) -> None:
        with self.lock:
            self.left -= arrived
            now = self.left <= 0 and self.do
        if now:
            self.do.pop()()


@pytest.fixture(params=["s3", "swift", "gs", "az", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place of each kind; ``s3`` is a stub that decides at one moment, as AWS does."""
    if request.param == "s3":
        with uploads_s3() as s3:
            yield Stub("s3://bucket/iris/v1", s3.environ, s3)
    else:
        yield made("s3" if request.param == "swift" else request.param, request, tmp_path)


@pytest.fixture
def stub() -> Iterator[UploadsS3]:
    with uploads_s3() as server:
        yield server


def model(folder: Path, **sizes: int) -> Path:
    folder.mkdir(parents=True)
    for name, size in sizes.items():
        (folder / name).write_bytes(os.urandom(size))
    return folder


def send(folder: Path, place: Place, settings: CopySettings = SETTINGS, **more: Any) -> Uploaded:
    return upload(folder, place.uri, environ=place.environ, copy=settings, **more)


def held(place: Place, target: Path) -> dict[str, bytes]:
    if isinstance(place, Stub):
        return {name.removeprefix("iris/v1/"): body for name, body in place.s3.kept.items()}
    fetch(place.uri, target, environ=place.environ, copy=SETTINGS)
    return found(target)


def overtake(place: Place, folder: Path) -> None:
    """Write a file there, meanwhile."""
    if place.uri.startswith("file:"):  # where another upload would see that a file is on its way
        Path(place.uri.removeprefix("file://"), "weights").write_bytes(found(folder)["weights"])
    else:
        send(folder, place)


def at_once(place: Place, *folders: Path) -> list[Uploaded | AlreadyExists]:
    """Upload all folders, when each of them has been told that the place is empty."""
    together = threading.Barrier(len(folders), timeout=60)

    def run(folder: Path) -> Uploaded | AlreadyExists:
        try:
            return send(folder, place, progress=At(together.wait))
        except AlreadyExists as error:
            return error

    with ThreadPoolExecutor(len(folders)) as pool:
        return list(pool.map(run, folders))


@pytest.mark.parametrize(
    ("place", "size"),
    [("s3", 7), ("s3", LARGE), ("gs", 7), ("az", 7), ("az", LARGE), ("file", 7)],
    indirect=["place"],
)
def test_of_two_uploads_at_once_one_has_the_file_and_the_other_is_told(
    place: Place, size: int, tmp_path: Path, target: Path
) -> None:
    folders = [model(tmp_path / name, weights=size) for name in "ab"]

    outcomes = at_once(place, *folders)

    (won,) = (number for number, each in enumerate(outcomes) if isinstance(each, Uploaded))
    assert isinstance(outcomes[1 - won], AlreadyExists)
    assert held(place, target) == found(folders[won])


@pytest.mark.parametrize("place", ["gs", "file"], indirect=True)
def test_of_two_uploads_at_once_of_several_files_not_both_are_told_that_all_is_well(
    place: Place, tmp_path: Path, target: Path
) -> None:
    folders = [model(tmp_path / name, one=5, two=6, three=7, four=8, five=9) for name in "ab"]

    outcomes = at_once(place, *folders)

    there = held(place, target)
    won = [folder for folder, each in zip(folders, outcomes, strict=True) if isinstance(each, Uploaded)]
    assert len(won) < 2
    assert all(found(folder) == there for folder in won)
    assert all(body in (found(folders[0])[name], found(folders[1])[name]) for name, body in there.items())


@pytest.mark.parametrize(
    ("place", "size"),
    [("s3", 7), ("swift", 7), ("gs", 7), ("gs", LARGE), ("az", 7), ("file", 7)],
    indirect=["place"],
)
def test_an_upload_that_another_one_overtakes_is_told_and_leaves_it_as_it_is(
    place: Place, size: int, tmp_path: Path, target: Path
) -> None:
    mine, others = model(tmp_path / "mine", weights=size), model(tmp_path / "others", weights=size)

    with pytest.raises(AlreadyExists, match=SAID):
        send(mine, place, progress=At(lambda: send(others, place)))

    assert held(place, target) == found(others)


@pytest.mark.parametrize("place", ["s3", "gs", "az", "file"], indirect=True)
def test_one_that_is_overtaken_while_its_bytes_are_on_their_way_is_told(
    place: Place, tmp_path: Path, target: Path
) -> None:
    mine, others = model(tmp_path / "mine", weights=LARGE), model(tmp_path / "others", weights=7)

    with pytest.raises(AlreadyExists, match=SAID):
        send(mine, place, progress=At(lambda: overtake(place, others), sent=MIB))

    assert held(place, target) == found(others)


@pytest.mark.parametrize("place", ["gs", "file"], indirect=True)
def test_what_was_written_before_it_was_noticed_stays(place: Place, tmp_path: Path, target: Path) -> None:
    mine, others = model(tmp_path / "mine", large=9, small=7), model(tmp_path / "others", small=8)

    with pytest.raises(AlreadyExists, match=r"small' was not there.*files that this upload has written stay\.$"):
        send(mine, place, ONE, progress=At(lambda: send(others, place)))

    assert held(place, target) == {"large": found(mine)["large"], "small": found(others)["small"]}


@pytest.mark.parametrize(
    ("place", "size"),
    [
        ("s3", 7),
        ("s3", LARGE),
        ("swift", LARGE),
        ("s3", 0),
        ("gs", 7),
        ("az", 7),
        ("az", LARGE),
        ("file", 7),
    ],
    indirect=["place"],
)
def test_just_the_same_bytes_are_no_others(place: Place, size: int, tmp_path: Path) -> None:
    mine = model(tmp_path / "mine", weights=size)
    sent: list[Uploaded] = []

    uploaded = send(mine, place, progress=At(lambda: sent.append(send(mine, place))))

    assert uploaded.digest == sent[0].digest


@pytest.mark.parametrize("place", ["gs", "file"], indirect=True)
def test_a_new_file_is_not_written_over_anothers_even_where_those_that_were_listed_may_be_replaced(
    place: Place, tmp_path: Path, target: Path
) -> None:
    mine, others = model(tmp_path / "mine", old=9, new=7), model(tmp_path / "others", new=8)
    send(model(tmp_path / "before", old=3), place)

    with pytest.raises(AlreadyExists, match="new' was not there"):
        send(mine, place, ONE, overwrite=True, progress=At(lambda: send(others, place, overwrite=True)))

    assert held(place, target) == {"old": found(mine)["old"], "new": found(others)["new"]}


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_a_version_is_not_registered_whose_files_another_upload_was_faster_to_write(
    place: Place, registry_url: str, tmp_path: Path
) -> None:
    mine, others = model(tmp_path / "mine", weights=9), model(tmp_path / "others", weights=9)

    def overtaken(folder: Path, uri: str) -> Uploaded:
        return send(folder, place, progress=At(lambda: send(others, place)))

    with mr_client.Registry(registry_url) as registry:
        with pytest.raises(AlreadyExists, match=SAID):
            registry.register("iris", "v1", uri=place.uri, upload=mine, uploader=overtaken)

        assert list(registry.models()) == []


# -- stores that differ -------------------------------------------------------------------------


def test_a_condition_is_signed(stub: UploadsS3, tmp_path: Path) -> None:
    send(model(tmp_path / "mine", small=7, large=LARGE), Place("s3://bucket/iris/v1", stub.environ))

    assert [("if-none-match" in signed.split(";")) for signed in stub.asked] == [True, True]


def test_a_store_that_refuses_conditions_is_asked_without_from_then_on(
    stub: UploadsS3, tmp_path: Path, target: Path
) -> None:
    stub.conditions = "refuses"
    mine, place = (
        model(tmp_path / "mine", large=LARGE, one=7, two=8),
        Stub("s3://bucket/iris/v1", stub.environ, stub),
    )

    send(mine, place, ONE)

    assert held(place, target) == found(mine)
    assert sum("if-none-match" in signed for signed in stub.asked) == 1


def test_a_small_file_goes_to_a_store_that_refuses_conditions_and_checksums(tmp_path: Path, target: Path) -> None:
    mine = model(tmp_path / "mine", one=7, two=8)
    with uploads_s3("refuses") as s3:
        s3.conditions = "refuses"
        place = Stub("s3://bucket/iris/v1", s3.environ, s3)

        send(mine, place, ONE)

        assert held(place, target) == found(mine)


def test_a_store_that_passes_over_conditions_keeps_the_last_one(stub: UploadsS3, tmp_path: Path) -> None:
    stub.conditions = "ignores"
    place = Place("s3://bucket/iris/v1", stub.environ)
    mine, others = model(tmp_path / "mine", weights=9), model(tmp_path / "others", weights=9)

    send(mine, place, progress=At(lambda: send(others, place)))

    assert stub.kept == {"iris/v1/weights": found(mine)["weights"]}


@pytest.mark.parametrize(("sizes", "after"), [({"one": 9, "two": 7}, 1), ({"one": LARGE}, 0)])
def test_a_conflict_that_passes_is_tried_again(
    stub: UploadsS3, sizes: dict[str, int], after: int, tmp_path: Path, target: Path
) -> None:
    stub.conflicts_at = after
    mine, place = model(tmp_path / "mine", **sizes), Stub("s3://bucket/iris/v1", stub.environ, stub)

    send(mine, place, ONE)

    assert held(place, target) == found(mine)
    assert stub.conflicts_at is None


def test_a_store_that_does_not_tell_whose_file_it_is_is_taken_for_anothers(stub: UploadsS3, tmp_path: Path) -> None:
    stub.loses, stub.opaque = 1, True

    with pytest.raises(AlreadyExists, match=SAID):
        send(model(tmp_path / "mine", weights=7), Place("s3://bucket/iris/v1", stub.environ))


def test_a_store_that_has_nothing_to_compare_is_sent_the_file_twice(stub: UploadsS3, tmp_path: Path) -> None:
    stub.manner, stub.opaque = "ignores", True
    mine = model(tmp_path / "mine", weights=7)

    send(mine, Place("s3://bucket/iris/v1", stub.environ))

    assert stub.kept == {"iris/v1/weights": found(mine)["weights"]}
    assert stub.sent == ["crc32c", "md5"]


# -- answers that are lost ------------------------------------------------------------------------


@pytest.mark.parametrize("manner", ["knows", "ignores"])
@pytest.mark.parametrize("size", [7, LARGE])
def test_an_object_of_s3_whose_answer_was_lost_is_ones_own(manner: str, size: int, tmp_path: Path) -> None:
    mine = model(tmp_path / "mine", weights=size)
    with uploads_s3(manner) as s3:
        s3.loses = 1

        assert send(mine, Stub("s3://bucket/iris/v1", s3.environ, s3)).digest
        assert s3.kept == {"iris/v1/weights": found(mine)["weights"]}
        assert s3.loses == 0


def test_an_upload_in_parts_that_is_no_more_is_not_taken_for_anothers_of_the_same_size(
    stub: UploadsS3, tmp_path: Path
) -> None:
    mine, others = model(tmp_path / "mine", weights=LARGE), model(tmp_path / "others", weights=LARGE)
    place = Place("s3://bucket/iris/v1", stub.environ)

    stub.forgets = True
    with pytest.raises(AlreadyExists, match=SAID):
        send(mine, place, progress=At(lambda: send(others, place)))


@pytest.mark.parametrize("size", [7, LARGE])
def test_an_object_of_gcs_whose_answer_was_lost_is_ones_own(gcs: GCSServer, size: int, tmp_path: Path) -> None:
    gcs.make_bucket(f"lost-{size}")
    gcs.loses = 1

    assert send(
        model(tmp_path / "mine", weights=size), Place(f"gs://lost-{size}/x", {"STORAGE_EMULATOR_HOST": gcs.url})
    ).digest
    assert gcs.loses == 0


# -- what is in one place until it is whole -------------------------------------------------------


def test_blocks_of_azure_that_another_upload_has_sent_are_not_taken_for_ones_own(
    request: pytest.FixtureRequest, tmp_path: Path, target: Path
) -> None:
    place = made("az", request, tmp_path)
    mine, others = model(tmp_path / "mine", weights=LARGE), model(tmp_path / "others", weights=LARGE)

    def interrupted() -> None:
        raise KeyboardInterrupt

    def overtake() -> None:
        with pytest.raises(KeyboardInterrupt):
            send(others, place, ONE, progress=At(interrupted, sent=LARGE))

    send(mine, place, ONE, progress=At(overtake, sent=LARGE))

    assert held(place, target) == found(mine)


@pytest.mark.parametrize("size", [7, 0])
def test_blocks_that_an_upload_to_azure_has_left_are_not_in_the_way(
    size: int, request: pytest.FixtureRequest, tmp_path: Path, target: Path
) -> None:
    place = made("az", request, tmp_path)
    mine, killed = model(tmp_path / "mine", weights=size), model(tmp_path / "killed", weights=LARGE)

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(killed, place, ONE, progress=At(interrupted, sent=LARGE))
    send(mine, place)

    assert held(place, target) == found(mine)


def test_swift_is_left_without_parts_where_another_upload_was_faster(
    s3: S3Server, tmp_path: Path, target: Path
) -> None:
    name = f"models-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(name)
    place = Place(f"s3://{name}/x", s3.environ)
    mine, others = model(tmp_path / "mine", weights=LARGE), model(tmp_path / "others", weights=7)

    with pytest.raises(AlreadyExists):
        send(mine, place, progress=At(lambda: send(others, place)))

    assert held(place, target) == found(others)
    assert not s3.filesystem().call_s3("list_multipart_uploads", Bucket=name).get("Uploads")


# -- a disk ----------------------------------------------------------------------------------------


def test_a_disk_without_links_is_looked_at_just_before(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(source: object, name: object, **how: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", none)
    place = Place(f"file://{tmp_path}/store", {})
    mine, others = model(tmp_path / "mine", weights=LARGE), model(tmp_path / "others", weights=7)

    with pytest.raises(AlreadyExists, match=SAID):
        send(mine, place, progress=At(lambda: overtake(place, others), sent=MIB))

    assert held(place, target) == found(others)
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["weights"]


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda there: there.symlink_to("nowhere")])
def test_what_is_no_file_on_a_disk_is_not_written_over(make: Callable[[Path], object], tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    mine = model(tmp_path / "mine", weights=7)

    with pytest.raises(AlreadyExists, match=SAID):
        send(mine, Place(f"file://{store}", {}), progress=At(lambda: make(store / "weights")))

    assert [path.name for path in store.iterdir()] == ["weights"]
