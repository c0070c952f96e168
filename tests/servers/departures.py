"""The reviewed list of the steps that the embedded registry answers otherwise than was recorded.

Run as a program, it writes the list anew: reasons stay with the steps that still depart, new ones are unexplained.

    PYTHONPATH=src:generated:tests python -m servers.departures
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from servers.recordings import DEPARTURES, Recording, play, recordings

UNEXPLAINED = "unexplained"
_UNEXPLAINED = "Nobody has said yet why."

NOT_PLAYED: Mapping[str, str] = {
    "unavailable": "The embedded registry has no database server that could be away.",
}
"""Files whose scenarios are not put at all, and why."""

CUT_SHORT: Mapping[tuple[str, str], tuple[int, str]] = {
    ("lists", "pages over equal times"): (5, "Among equal times PostgreSQL chose the order."),
    ("lists", "pages over equal times after updates"): (7, "Among equal times PostgreSQL chose the order."),
}
"""Scenarios of which only the first steps are put, how many these are, and why."""


def played() -> list[Recording]:
    """Return the scenarios that are put to the embedded registry."""
    return [recording for recording in recordings() if recording.file not in NOT_PLAYED]


def reasons() -> dict[str, str]:
    """Return the sentence of each reason."""
    return dict(_read()["reasons"])


def departures(recording: Recording) -> dict[int, str]:
    """Return the reason of each step of a scenario that is listed, by the step's number, which counts from 1."""
    listed = _read()["departures"].get(recording.file, {}).get(recording.name, {})
    return {int(number): reason for number, reason in listed.items()}


def write_departures() -> Counter[str]:
    """Write the list for what departs now, and return how many steps have each reason."""
    sentences = reasons()
    found: dict[str, dict[str, dict[str, str]]] = {}
    counted: Counter[str] = Counter()
    for recording in played():
        before = departures(recording)
        now = {
            str(outcome.number): before.get(outcome.number, UNEXPLAINED)
            for outcome in play(recording)
            if outcome.differences
        }
        if now:
            found.setdefault(recording.file, {})[recording.name] = now
            counted.update(now.values())
    kept = {reason: sentences.get(reason, _UNEXPLAINED) for reason in sorted(counted)}
    text = json.dumps({"reasons": kept, "departures": found}, indent=1, ensure_ascii=False)
    DEPARTURES.write_text(f"{text}\n", "utf-8")
    return counted


def _read() -> Any:
    return json.loads(DEPARTURES.read_text("utf-8"))


if __name__ == "__main__":
    for each, count in write_departures().most_common():
        print(f"{count:5} {each}")  # noqa: T201
