"""Which connections a model's fetch has."""

from __future__ import annotations

import pytest

from mr_client.connections import Connections
from mr_model_agent.sharing import Sharing


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[Connections]:
    """Connections that were closed."""
    seen: list[Connections] = []
    monkeypatch.setattr(Connections, "close", lambda self: seen.append(self))
    return seen


def test_all_have_the_same_connections(closed: list[Connections]) -> None:
    sharing = Sharing()
    with sharing.connections() as first, sharing.connections() as second:
        assert first is second
    with sharing.connections() as third:
        assert third is first
    assert not closed
    sharing.close()
    assert closed == [first]


@pytest.mark.parametrize(
    ("pauses", "same"), [([59.0], True), ([60.0], False), ([50.0] * 11, True), ([50.0] * 12, False)]
)
def test_what_was_idle_for_long_or_is_old_is_closed_and_not_used_again(
    closed: list[Connections], pauses: list[float], same: bool
) -> None:
    now = [0.0]
    sharing = Sharing(clock=lambda: now[0])
    with sharing.connections() as first:
        pass
    for pause in pauses:
        now[0] += pause
        with sharing.connections() as last:
            pass

    assert (last is first) is same
    assert closed == ([] if same else [first])


def test_what_is_idle_is_closed_without_anybody_coming(closed: list[Connections]) -> None:
    now = [0.0]
    sharing = Sharing(clock=lambda: now[0])
    with sharing.connections() as first:
        now[0] = 100.0
        sharing.clear()
        assert not closed, "it is in use"
    now[0] = 161.0
    sharing.clear()
    assert closed == [first]


def test_connections_that_something_failed_with_are_left_to_those_who_have_them(closed: list[Connections]) -> None:
    sharing = Sharing()
    with sharing.connections() as first:
        with pytest.raises(KeyError), sharing.connections():
            raise KeyError
        with sharing.connections() as second:
            assert second is not first
        assert not closed
    assert closed == [first]
