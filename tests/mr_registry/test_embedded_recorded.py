"""What a real registry answered, held against the embedded one: the same, or a departure that is listed."""

from __future__ import annotations

import pytest

from servers.departures import CUT_SHORT, NOT_PLAYED, UNEXPLAINED, departures, played, reasons
from servers.recordings import Outcome, Recording, play, recordings

RECORDINGS = recordings()


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda each: f"{each.file}: {each.name}")
def test_a_recorded_scenario_is_answered_as_recorded(recording: Recording) -> None:
    """But for the steps of departures.json, which have to depart; `python -m servers.departures` writes it anew."""
    if recording.file in NOT_PLAYED:
        pytest.skip(NOT_PLAYED[recording.file])
    listed = departures(recording)

    outcomes = play(recording)

    departed = {outcome.number: outcome for outcome in outcomes if outcome.differences}
    not_listed = [_told(outcome) for number, outcome in departed.items() if number not in listed]
    departs_no_more = sorted(listed.keys() - departed.keys())
    assert not not_listed, "These steps depart and are not listed:\n" + "\n".join(not_listed)
    assert not departs_no_more, f"These steps are listed and depart no more: {departs_no_more}"


@pytest.mark.parametrize("recording", played(), ids=lambda each: f"{each.file}: {each.name}")
def test_every_step_is_put_but_those_that_cannot_be(recording: Recording) -> None:
    """A scenario ends early only where something has to be arranged by other means, and that is listed."""
    steps, _why = CUT_SHORT.get((recording.file, recording.name), (len(recording.steps), ""))

    assert len(play(recording)) == steps
    assert len(recording.steps) == steps or "arrange" in recording.steps[steps]


def test_the_list_names_scenarios_that_there_are_and_reasons_that_are_told() -> None:
    """And no reason is left over."""
    listed = [reason for recording in played() for reason in departures(recording).values()]

    assert set(listed) == reasons().keys()
    assert all(sentence.endswith(".") for sentence in reasons().values())
    assert UNEXPLAINED not in listed
    assert len(played()) + sum(recording.file in NOT_PLAYED for recording in RECORDINGS) == len(RECORDINGS)


def _told(outcome: Outcome) -> str:
    return f"{outcome.number}: {outcome.step['method']} {outcome.step['path']}\n    " + "\n    ".join(
        outcome.differences
    )
