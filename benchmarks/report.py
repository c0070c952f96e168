"""What do the runs say: medians, ratios, and which of the floors are met?"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measure import Run

__all__ = ["OURS", "Floor", "Median", "floors", "median", "table"]

OURS = "mr-client"
_MIB, _GIB = 2**20, 2**30


@dataclass(frozen=True, slots=True)
class Median:
    """The middle of several runs, each figure by itself."""

    wall: float
    cpu: float
    rss: float
    files: int
    size: int
    copy: float | None
    """None where the program does not say it."""

    @property
    def cpu_per_gib(self) -> float:
        """Return seconds of CPU for each GiB."""
        return self.cpu / (self.size / _GIB)


@dataclass(frozen=True, slots=True)
class Floor:
    """A figure that must be reached."""

    text: str
    found: float | None
    """None where it could not be measured."""
    bound: float
    least: bool = True
    """Whether ``bound`` is the least or the most that ``found`` may be."""

    @property
    def met(self) -> bool:
        """Return whether it is reached; what was not measured is not."""
        return self.found is not None and (self.found >= self.bound if self.least else self.found <= self.bound)

    def __str__(self) -> str:
        found = "not measured" if self.found is None else f"{self.found:.2f}"
        return f"- {'met' if self.met else 'NOT MET'}: {self.text} {'≥' if self.least else '≤'} {self.bound:g}: {found}"


def median(runs: Sequence[Run]) -> Median:
    """Return the median of ``runs``, which all brought the same files."""
    ((files, size),) = {(run.files, run.size) for run in runs}
    copies = [run.copy for run in runs if run.copy is not None]
    return Median(
        wall=statistics.median(run.wall for run in runs),
        cpu=statistics.median(run.cpu for run in runs),
        rss=statistics.median(run.rss for run in runs),
        files=files,
        size=size,
        copy=statistics.median(copies) if len(copies) == len(runs) else None,
    )


def table(medians: Mapping[str, Median]) -> str:
    """Return a table in Markdown; the last column is how often as fast as each of the others we are."""
    first = medians.get(OURS)
    rows = [
        "| program | s | MiB/s | files/s | CPU s | CPU s per GiB | peak RSS, MiB | our speed is |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, seen in medians.items():
        ratio = f"{seen.wall / first.wall:.2f} times" if first is not None and name != OURS else ""
        rows.append(
            f"| {name} | {seen.wall:.2f} | {seen.size / _MIB / seen.wall:,.0f} | {seen.files / seen.wall:,.0f} "
            f"| {seen.cpu:.2f} | {seen.cpu_per_gib:,.2f} | {seen.rss / _MIB:.0f} | {ratio} |"
        )
        if seen.copy is not None:
            rows.append(
                f"| {name}, the copy alone | {seen.copy:.2f} | {seen.size / _MIB / seen.copy:,.0f} "
                f"| {seen.files / seen.copy:,.0f} | | | | |"
            )
    return "\n".join(rows)


def floors(scenario: str, medians: Mapping[str, Median]) -> list[Floor]:
    """Return the floors of one scenario that its medians speak of."""
    found: list[Floor] = []
    for (where, peer), bound in _SPEED.items():
        if where == scenario and peer in medians:
            found.append(Floor(f"{scenario}, speed ÷ {peer}", medians[peer].wall / medians[OURS].wall, bound))
    if scenario in _LARGE:
        for peer in ("curl", "curl, 4 ranges"):
            if peer in medians:
                alone = medians[OURS].copy
                ratio = None if alone is None else medians[peer].wall / alone
                found.append(Floor(f"{scenario}, speed of the copy alone ÷ {peer}", ratio, 0.95))
    if scenario in (*_LARGE, "tls", "small") and "kserve-storage" in medians:
        ratio = medians[OURS].cpu / medians["kserve-storage"].cpu
        found.append(Floor(f"{scenario}, CPU ÷ kserve-storage", ratio, 0.5, least=False))
    for name, seen in medians.items():
        if name.startswith(OURS):
            found.append(Floor(f"{scenario}, peak RSS in MiB of {name}", seen.rss / _MIB, 100, least=False))
    for pair, compare in _PAIRS.items():
        if all(name in medians for name in pair[1:]) and pair[0] == scenario:
            found.append(compare(*(medians[name] for name in pair[1:])))
    return found


_LARGE = ("shards", "single")
_SPEED = {
    **{(large, "kserve-storage"): 1.8 for large in _LARGE},
    **{(large, "s5cmd"): 1.0 for large in _LARGE},
    **{(large, "curl"): 0.85 for large in _LARGE},
    ("single", "curl, 4 ranges"): 0.85,
    ("tls", "kserve-storage"): 1.5,
    ("small", "kserve-storage"): 3.5,
    ("tiny", "kserve-storage"): 1.0,
}
_PAIRS: dict[tuple[str, str, str], Callable[[Median, Median], Floor]] = {
    ("memory", f"{OURS}, 1 GiB", f"{OURS}, 8 GiB"): lambda small, large: Floor(
        "memory, peak RSS of 8 GiB ÷ 1 GiB", large.rss / small.rss, 1.1, least=False
    ),
    ("latency", f"{OURS}, 2 workers", f"{OURS}, 16 workers"): lambda few, many: Floor(
        "latency, speed of 16 workers ÷ 2", few.wall / many.wall, 2.0
    ),
}
