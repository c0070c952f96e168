from __future__ import annotations

import sys
from pathlib import Path

import pytest
from benchmarks.measure import Run, copy_seconds, measure
from benchmarks.report import OURS, Floor, floors, median, table

GIB = 2**30


def a_run(wall: float, *, cpu: float = 1.0, rss: int = 50 * 2**20, copy: float | None = None, files: int = 4) -> Run:
    return Run(wall=wall, cpu=cpu, rss=rss, files=files, size=4 * GIB, copy=copy)


def test_one_slow_run_does_not_move_the_median() -> None:
    runs = [a_run(2.0), a_run(90.0), a_run(3.0)]

    seen = median(runs)

    assert seen.wall == 3.0


def test_runs_that_brought_different_files_have_no_median() -> None:
    runs = [a_run(2.0, files=4), a_run(2.0, files=3)]

    with pytest.raises(ValueError, match="values to unpack"):
        median(runs)


def test_the_copy_step_is_read_from_the_programs_log() -> None:
    said = "2026-01-01 INFO copied 4 files, 4294967296 bytes, in 2.5 s\ncopied 1 file, 7 bytes, in 1 s\nReady: 5 files"

    assert copy_seconds(said) == 3.5


def test_a_program_that_does_not_say_its_copy_step_has_none() -> None:
    assert copy_seconds("Ready: 4 files, 10 bytes in 'm', verified, in 2.0 s.") is None


def test_a_floor_is_met_by_being_as_fast_as_it_asks() -> None:
    medians = {OURS: median([a_run(2.0, cpu=1.0)]), "kserve-storage": median([a_run(3.6, cpu=2.0)])}

    found = {floor.text: floor.met for floor in floors("shards", medians)}

    assert found["shards, speed ÷ kserve-storage"]
    assert found["shards, CPU ÷ kserve-storage"]


def test_a_floor_is_not_met_by_being_a_little_slower() -> None:
    medians = {OURS: median([a_run(2.0)]), "curl": median([a_run(1.69)])}

    found = {floor.text: floor.met for floor in floors("shards", medians)}

    assert not found["shards, speed ÷ curl"]


def test_what_was_not_measured_is_not_met() -> None:
    medians = {OURS: median([a_run(2.0, copy=None)]), "curl": median([a_run(2.0)])}

    found = {floor.text: floor for floor in floors("single", medians)}

    assert not found["single, speed of the copy alone ÷ curl"].met
    assert "NOT MET" in str(found["single, speed of the copy alone ÷ curl"])
    assert "not measured" in str(found["single, speed of the copy alone ÷ curl"])


def test_memory_is_a_most_and_not_a_least() -> None:
    assert Floor("peak", 99.0, 100, least=False).met
    assert not Floor("peak", 101.0, 100, least=False).met


def test_the_table_says_how_much_faster_we_are() -> None:
    medians = {OURS: median([a_run(2.0, copy=1.0)]), "s5cmd": median([a_run(3.0)])}

    lines = table(medians).splitlines()

    assert lines[2].startswith("| mr-client | 2.00 | 2,048 |")
    assert lines[3].startswith("| mr-client, the copy alone | 1.00 | 4,096 |")
    assert lines[4].endswith("| 1.50 times |")


def test_a_process_is_charged_with_its_childrens_memory_but_not_with_its_parents(tmp_path: Path) -> None:
    ballast = bytearray(64 * 2**20)
    destination = tmp_path / "destination"
    destination.mkdir()
    small = [sys.executable, "-S", "-c", "pass"]
    large = ["sh", "-c", f"{sys.executable} -S -c 'bytearray(b\"x\") * 100_000_000'; true"]

    assert measure(small, {}, destination).rss < len(ballast) / 2
    assert measure(large, {}, destination).rss > 90_000_000


def test_a_program_that_fails_ends_the_benchmark_with_its_words(tmp_path: Path) -> None:
    destination = tmp_path / "destination"
    destination.mkdir()

    with pytest.raises(SystemExit, match="out of luck"):
        measure(["sh", "-c", "echo out of luck >&2; exit 3"], {}, destination)
