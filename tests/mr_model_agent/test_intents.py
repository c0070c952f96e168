"""What is done next, as a table."""

from __future__ import annotations

import pytest

from mr_model_agent.intents import Action, Standing, next_action, wait_before

NEW, OLD = "s3://m/2", "s3://m/1"


@pytest.mark.parametrize(
    ("wanted", "standing", "action"),
    [
        pytest.param(NEW, Standing(), Action.BRING, id="new"),
        pytest.param(NEW, Standing(there=NEW), Action.LOAD, id="brought"),
        pytest.param(NEW, Standing(there=NEW, loaded=NEW), None, id="served"),
        pytest.param(NEW, Standing(there=OLD, loaded=OLD), Action.BRING, id="changed"),
        pytest.param(NEW, Standing(there=NEW, loaded=OLD), Action.LOAD, id="changed and brought"),
        pytest.param(NEW, Standing(there=NEW, loaded=""), Action.LOAD, id="swapped"),
        pytest.param(NEW, Standing(there=NEW, asked=False), Action.ASK, id="after a restart"),
        pytest.param(NEW, Standing(there=OLD, asked=False), Action.BRING, id="changed during a restart"),
        pytest.param(None, Standing(there=OLD, loaded=OLD), Action.UNLOAD, id="taken away"),
        pytest.param(None, Standing(there=NEW, loaded=""), Action.UNLOAD, id="swapped and taken away"),
        pytest.param(None, Standing(there=OLD, asked=False), Action.UNLOAD, id="taken away during a restart"),
        pytest.param(None, Standing(there=OLD), Action.DELETE, id="unloaded"),
        pytest.param(None, Standing(begun=True), Action.DELETE, id="taken away before it came"),
        pytest.param(None, Standing(), None, id="gone"),
    ],
)
def test_the_next_step_follows_from_what_is_wanted_and_what_is_there(
    wanted: str | None, standing: Standing, action: Action | None
) -> None:
    assert next_action(wanted, standing) is action


def test_each_try_waits_twice_as_long_up_to_the_longest() -> None:
    assert [wait_before(number, longest=3) for number in (1, 2, 3, 4, 10**6)] == [0.5, 1, 2, 3, 3]
