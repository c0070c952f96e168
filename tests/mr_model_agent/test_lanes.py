"""Which connections a model's fetch has."""

from __future__ import annotations

import pytest

from mr_model_agent.lanes import Lanes


def test_who_comes_next_has_the_connections_of_the_last() -> None:
    lanes = Lanes()
    with lanes.lane() as first, lanes.lane() as second:
        assert first is not second, "two at once have each their own"
    with lanes.lane() as third:
        assert third in (first, second)


@pytest.mark.parametrize(
    ("pauses", "same"), [([59.0], True), ([61.0], False), ([50.0] * 11, True), ([50.0] * 13, False)]
)
def test_what_was_idle_for_long_or_is_old_is_not_used_again(pauses: list[float], same: bool) -> None:
    now = [0.0]
    lanes = Lanes(clock=lambda: now[0])
    with lanes.lane() as first:
        pass
    for pause in pauses:
        now[0] += pause
        with lanes.lane() as last:
            pass

    assert (last is first) is same


def test_connections_that_something_failed_with_are_not_used_again() -> None:
    lanes = Lanes()
    with pytest.raises(KeyError), lanes.lane() as first:
        raise KeyError
    with lanes.lane() as second:
        assert second is not first
