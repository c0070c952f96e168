"""What is in the cache, and what goes when it is pruned."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import mr_client
from mr_client import cache, errors
from mr_client.cache import kept

KEY = "0" * 40
DAY = 86_400.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The cache of the environment."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MR_CACHE", str(folder))
    yield folder
    kept.let_go(folder)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with models ``a`` (1000 bytes), ``b`` (2000) and ``c`` (3000)."""
    for number, name in enumerate("abc", 1):
        (tmp_path / "source" / name).mkdir(parents=True)
        (tmp_path / "source" / name / "model.bin").write_bytes(os.urandom(number * 1000))
    return tmp_path / "source"


@pytest.fixture
def brought(source: Path, folder: Path) -> dict[str, Path]:
    """The three models in the cache, ``a`` last used three days ago and ``c`` one; nobody was given them."""
    found = {name: mr_client.download(f"file://{source / name}") for name in "abc"}
    for days, name in enumerate("cba", 1):
        used(found[name], days * DAY)
    kept.let_go(folder)
    return found


def used(files: Path, ago: float) -> None:
    when = time.time() - ago
    os.utime(files.parent / "record.json", (when, when))


def there(brought: dict[str, Path]) -> str:
    return "".join(name for name, files in brought.items() if files.is_dir())


def test_an_entry_says_what_it_is_where_it_came_from_and_when_it_was_used(
    source: Path, brought: dict[str, Path]
) -> None:
    found = cache.entries()

    assert [(entry.source, entry.path, entry.size, entry.files) for entry in found] == [
        (f"file://{source / name}", brought[name], size, 1) for name, size in (("c", 3000), ("b", 2000), ("a", 1000))
    ]
    assert found[0].names == (f"file://{source / 'c'}",)
    assert timedelta(0) <= datetime.now(UTC) - found[0].used - timedelta(days=1) < timedelta(minutes=10)
    assert timedelta(0) <= datetime.now(UTC) - found[0].brought < timedelta(minutes=10)


def test_a_cache_that_is_not_there_is_empty_and_is_not_made(folder: Path) -> None:
    assert cache.entries() == []
    assert cache.prune(everything=True) == cache.Pruned((), 0)
    assert not folder.exists()


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Path) -> None:
    monkeypatch.delenv("MR_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    files = mr_client.download(f"file://{source / 'a'}")
    assert files.is_relative_to(tmp_path / "xdg" / "mr-client" / "models")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # which is to be ignored
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert mr_client.download(f"file://{source / 'a'}").is_relative_to(tmp_path / "home/.cache/mr-client/models")
    monkeypatch.setenv("MR_CACHE", "~/mine")
    assert mr_client.download(f"file://{source / 'a'}").is_relative_to(tmp_path / "home/mine")
    monkeypatch.setenv("MR_CACHE", "mine")
    with pytest.raises(errors.InvalidSettings, match="MR_CACHE 'mine' is no absolute path"):
        cache.entries()
    kept.let_go(tmp_path)


@pytest.mark.parametrize(
    ("limit", "left"),
    [
        ({}, "abc"),
        ({"older_than": 2.5 * DAY}, "bc"),
        ({"older_than": timedelta(hours=36)}, "c"),
        ({"to_size": 6000}, "abc"),
        ({"to_size": 5500}, "bc"),
        ({"to_size": 2999}, ""),
        ({"to_size": 5500, "older_than": 1.5 * DAY}, "c"),
        ({"everything": True}, ""),
    ],
)
def test_the_least_recently_used_goes_first(brought: dict[str, Path], limit: dict[str, float], left: str) -> None:
    before = cache.entries()

    pruned = cache.prune(**limit)  # type: ignore[arg-type]

    assert there(brought) == left
    assert [entry.path for entry in pruned.removed] == [brought[name] for name in "abc" if name not in left]
    assert pruned.size == sum(entry.size for entry in pruned.removed)
    assert sorted(entry.key for entry in [*cache.entries(), *pruned.removed]) == sorted(entry.key for entry in before)


def test_after_everything_nothing_is_left_on_the_disk_but_folders(brought: dict[str, Path], folder: Path) -> None:
    cache.prune(everything=True)

    assert [path for path in folder.rglob("*") if not path.is_dir()] == []
    assert list((folder / "entries").iterdir()) == list((folder / "parts").iterdir()) == []


def test_what_is_asked_for_again_counts_as_used(source: Path, brought: dict[str, Path], folder: Path) -> None:
    mr_client.download(f"file://{source / 'a'}")
    kept.let_go(folder)
    cache.prune(to_size=1000)

    assert there(brought) == "a"


def test_what_is_pruned_is_brought_again_when_it_is_asked_for(source: Path, brought: dict[str, Path]) -> None:
    cache.prune(everything=True)

    with pytest.raises(errors.FilesNotFound):
        mr_client.download(f"file://{source / 'a'}", offline=True)
    assert mr_client.download(f"file://{source / 'a'}") == brought["a"]


def test_what_this_process_was_given_stays_unless_everything_goes(source: Path, brought: dict[str, Path]) -> None:
    mr_client.download(f"file://{source / 'b'}")

    pruned = cache.prune(to_size=0)
    assert there(brought) == "b"
    assert [entry.path for entry in pruned.in_use] == [brought["b"]]
    cache.prune(everything=True)
    assert there(brought) == ""


READER = """
import sys, mr_client
print(mr_client.download(sys.argv[1]), flush=True)
sys.stdin.read()
"""


def test_what_another_process_was_given_stays_until_it_ends(source: Path, brought: dict[str, Path]) -> None:
    command = [sys.executable, "-c", READER, f"file://{source / 'a'}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == f"{brought['a']}\n"

        assert [entry.path for entry in cache.prune(everything=True).in_use] == [brought["a"]]
        assert there(brought) == "a"
        reader.kill()
        reader.wait(30)

    assert len(cache.prune(everything=True).removed) == 1
    assert there(brought) == ""


def test_what_interrupted_downloads_left_goes_when_it_is_old_and_nobody_is_at_work(folder: Path) -> None:
    def part(key: str) -> Path:
        (folder / "parts" / key / "files").mkdir(parents=True)
        (folder / "parts" / key / "files" / "model.bin").write_bytes(b"x" * 500)
        (folder / "parts" / key / "files").chmod(0o555)
        return folder / "parts" / key

    mine, others = part(KEY), part("1" * 40)
    assert cache.prune().size == 0
    with kept.Kept(folder).bringing(others.name, patience=1):
        pruned = cache.prune(older_than=0)

        assert pruned == cache.Pruned((), 500)
        assert not mine.exists()
        assert (others / "files" / "model.bin").exists()
    assert cache.prune(everything=True).size == 500
    assert list((folder / "parts").iterdir()) == []


def test_what_a_prune_left_that_was_ended_goes(folder: Path, brought: dict[str, Path]) -> None:
    (folder / "entries").joinpath(brought["a"].parent.name).rename(folder / "parts" / "removed-1")
    (folder / "entries" / KEY).mkdir()  # half of an entry, as none is made here

    assert 1000 < cache.prune().size < 2000  # the model, and its record
    assert there(brought) == "bc"
    assert not (folder / "entries" / KEY).exists()


def test_links_are_never_followed_and_what_is_not_ours_stays(
    folder: Path, brought: dict[str, Path], tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("all of it")
    (folder / "entries" / KEY).symlink_to(precious)
    (folder / "parts" / ("1" * 40)).symlink_to(precious)
    (folder / "entries" / "notes").mkdir()
    brought["a"].chmod(0o755)
    (brought["a"] / "link").symlink_to(precious)
    mode = precious.stat().st_mode

    assert cache.prune(everything=True).size == 6000

    assert (precious / "thesis.txt").read_text() == "all of it"
    assert precious.stat().st_mode == mode
    assert (folder / "entries" / "notes").is_dir()
    assert there(brought) == ""


@pytest.mark.parametrize("limit", [{"older_than": -1.0}, {"to_size": -1}])
def test_a_limit_below_nothing_is_refused(folder: Path, limit: dict[str, float]) -> None:
    with pytest.raises(errors.UsageError, match="limits of 0 or more"):
        cache.prune(**limit)  # type: ignore[arg-type]


def test_the_module_is_there_without_an_import_of_its_own() -> None:
    code = "import mr_client; print(mr_client.cache.entries.__module__)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout == "mr_client.cache\n"
