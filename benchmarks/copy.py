"""What a copy costs, beside what a user would pick instead: ``scripts/bench copy [SCENARIO…] [--runs N]``.

Whole processes, one after the other, on the same files of the same server, from memory to memory.
The contenders take turns, so that a slow minute of the machine hits them all; the first round warms
up and is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import peers
from benchmarks.measure import Run, measure
from benchmarks.report import OURS, Floor, Median, floors, median, table
from benchmarks.server import BUCKET, Endpoint, serving

KIB, MIB, GIB = 2**10, 2**20, 2**30
DELAY = 0.05
"""Seconds that the far store's answers take longer."""

Command = Callable[[Path], list[str]]


@dataclass(frozen=True, slots=True)
class Contender:
    """One program on one folder of the store."""

    command: Command
    folder: str
    endpoint: str
    files: int | None = None
    """How many files it leaves, where that is not as many as there are objects."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is copied, and by whom."""

    title: str
    folders: dict[str, tuple[int, int]]
    """Name to how many objects of how many bytes."""
    contenders: Callable[[peers.Peers, Endpoint], dict[str, Contender]]
    sparse: bool = False
    """Whether the objects are holes, which take no memory."""
    far: bool = False


def everybody(folder: str, count: int, size: int, *, tls: bool = False) -> Callable[..., dict[str, Contender]]:
    def contenders(program: peers.Peers, endpoint: Endpoint) -> dict[str, Contender]:
        url = endpoint.tls_url if tls else endpoint.url
        keys = [f"{folder}/{name}" for name in names(count)]
        all_of_them: dict[str, Command] = {
            OURS: lambda to: peers.ours(folder, to),
            "kserve-storage": lambda to: peers.kserve(program, folder, to),
            "s5cmd": lambda to: peers.s5cmd(program, url, folder, to),
            "curl": lambda to: peers.curl(url, keys, to),
        }
        chosen = {name: Contender(command, folder, url) for name, command in all_of_them.items()}
        if count == 1 and size >= GIB:
            chosen["curl, 4 ranges"] = Contender(
                lambda to: peers.curl_ranges(url, keys[0], size, to), folder, url, files=4
            )
        return chosen

    return contenders


def ourselves_by_size(_: peers.Peers, endpoint: Endpoint) -> dict[str, Contender]:
    return {
        f"{OURS}, {gib} GiB": Contender(lambda to, gib=gib: peers.ours(f"{gib}g", to), f"{gib}g", endpoint.url)  # type: ignore[misc]
        for gib in (1, 8)
    }


def ourselves_by_workers(_: peers.Peers, endpoint: Endpoint) -> dict[str, Contender]:
    return {
        f"{OURS}, {workers} workers": Contender(
            lambda to, workers=workers: peers.ours("mixed", to, workers=workers),  # type: ignore[misc]
            "mixed",
            endpoint.url,
        )
        for workers in (2, 4, 8, 16)
    }


SCENARIOS = {
    "shards": Scenario("4 GiB in 4 files", {"shards": (4, GIB)}, everybody("shards", 4, GIB)),
    "single": Scenario("4 GiB in one file", {"single": (1, 4 * GIB)}, everybody("single", 1, 4 * GIB)),
    "tls": Scenario("4 GiB in 4 files over TLS", {"shards": (4, GIB)}, everybody("shards", 4, GIB, tls=True)),
    "small": Scenario("5,000 files of 16 KiB", {"small": (5000, 16 * KIB)}, everybody("small", 5000, 16 * KIB)),
    "tiny": Scenario("one file of 1 KiB", {"tiny": (1, KIB)}, everybody("tiny", 1, KIB)),
    "memory": Scenario(
        "1 GiB and 8 GiB in 4 files each", {"1g": (4, GIB // 4), "8g": (4, 2 * GIB)}, ourselves_by_size, sparse=True
    ),
    "latency": Scenario(
        f"1 GiB in 8 files from a store {DELAY * 1000:.0f} ms away",
        {"mixed": (8, GIB // 8)},
        ourselves_by_workers,
        far=True,
    ),
}


def names(count: int) -> list[str]:
    """Return the names of a folder's objects."""
    return [f"model-{number:05}-of-{count:05}.safetensors" for number in range(1, count + 1)]


def write(folder: Path, count: int, size: int, *, sparse: bool) -> None:
    """Make a folder's objects: noise that repeats itself, or holes."""
    noise = random.Random(0).randbytes(min(size, MIB))  # noqa: S311 - content, no secret
    folder.mkdir(parents=True)
    for name in names(count):
        with folder.joinpath(name).open("wb") as file:
            if sparse:
                file.truncate(size)
            else:
                for _ in range(0, size, len(noise)):
                    file.write(noise)


def touch(room: Path, size: int) -> None:
    """Use and free as much memory as a run will fill.

    Of a virtual machine's free memory the host takes back what lies idle; whoever uses it first
    would pay for all who follow.
    """
    with tempfile.TemporaryFile(dir=room) as file:
        os.posix_fallocate(file.fileno(), 0, max(1, size))


@contextmanager
def far_away(endpoint: Endpoint) -> Iterator[Endpoint]:
    """Put a slow line before the store."""
    command = [sys.executable, "-m", "benchmarks.distance", str(endpoint.port), str(DELAY)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Endpoint(int(process.stdout.readline()), endpoint.tls_port, endpoint.ca_file)
    finally:
        process.terminate()
        process.wait(timeout=30)


def run(scenario: Scenario, program: peers.Peers, room: Path, rounds: int) -> dict[str, list[Run]]:
    """Run every contender of ``scenario`` once for each round, and once before, in ``room``."""
    for folder, (count, size) in scenario.folders.items():
        write(room / "objects" / BUCKET / folder, count, size, sparse=scenario.sparse)
    runs: dict[str, list[Run]] = {}
    with serving(room / "objects") as near:
        if scenario.far:
            with far_away(near) as far:
                _rounds(scenario, scenario.contenders(program, far), near.ca_file, room, rounds, runs)
        else:
            _rounds(scenario, scenario.contenders(program, near), near.ca_file, room, rounds, runs)
    return {name: counted[1:] for name, counted in runs.items()}


def _rounds(
    scenario: Scenario,
    contenders: dict[str, Contender],
    ca_file: Path,
    room: Path,
    rounds: int,
    runs: dict[str, list[Run]],
) -> None:
    destination = room / "destination"
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            count, size = scenario.folders[contender.folder]
            touch(room, count * size)
            destination.mkdir()
            environ = peers.environment(dict(os.environ), contender.endpoint, ca_file)
            seen = measure(contender.command(destination), environ, destination)
            shutil.rmtree(destination)
            if (seen.files, seen.size) != ((contender.files or count), count * size):
                raise SystemExit(
                    f"{name} left {seen.files} files and {seen.size} bytes, not {count} and {count * size}."
                )
            runs.setdefault(name, []).append(seen)
            print(
                f"{scenario.title}, round {number}: {name} {seen.wall:.2f} s, CPU {seen.cpu:.2f} s, "
                f"peak {seen.rss / MIB:.0f} MiB" + (f", copy {seen.copy:.2f} s" if seen.copy is not None else ""),
                file=sys.stderr,
                flush=True,
            )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench copy", description=__doc__)
    parser.add_argument(
        "scenarios", metavar="SCENARIO", nargs="*", help=f"{', '.join(SCENARIOS)}; all, if none is named"
    )
    parser.add_argument("--runs", type=int, default=5, help="rounds that count (5)")
    parser.add_argument(
        "--memory",
        type=Path,
        default=Path("/dev/shm"),  # noqa: S108 - only the folder to make one in
        help="a file system in memory: 9 GB free, and 17 GB for the scenario memory (/dev/shm)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run there")
    chosen = parser.parse_args(arguments)
    if unknown := [name for name in chosen.scenarios if name not in SCENARIOS]:
        parser.error(f"no scenario {unknown[0]!r}: there are {', '.join(SCENARIOS)}")
    # Told to stop, it stops its servers and clears its room as after an error.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    program = peers.peers(dict(os.environ))
    raw: dict[str, dict[str, list[dict[str, object]]]] = {}
    said: list[Floor] = []
    for name in chosen.scenarios or SCENARIOS:
        scenario = SCENARIOS[name]
        with tempfile.TemporaryDirectory(prefix="mr-bench-", dir=chosen.memory) as room:
            runs = run(scenario, program, Path(room), chosen.runs)
        raw[name] = {who: [asdict(one) for one in them] for who, them in runs.items()}
        medians: dict[str, Median] = {who: median(them) for who, them in runs.items()}
        print(f"\n### {name}: {scenario.title}\n\n{table(medians)}\n", flush=True)
        said += floors(name, medians)
        if chosen.json:
            chosen.json.write_text(json.dumps(raw, indent=1))
    print("### Floors\n\n" + "\n".join(map(str, said)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
