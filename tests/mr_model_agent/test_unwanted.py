"""What nobody wants any more is not brought to its end."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mr_client.errors import TransferInterrupted
from mr_client.receipt import Receipt
from mr_client.storage.copy.stop import Stop
from mr_client.storage.verify import Verification
from mr_model_agent.agent import Agent
from mr_model_agent.folder import ModelFolder
from mr_model_agent.metrics import Metrics
from mr_model_agent.models_json import ModelSpec, Reading
from mr_model_agent.server_calls import ModelServer
from mr_model_agent.steps import Steps
from servers.agent_pod import Pod, until
from servers.web import WebServer

MIB = 1024**2


@pytest.fixture
def slow(web: WebServer) -> Iterator[WebServer]:
    """A store that stops in the middle of a large file, until it is let go on: which it is not, but by a test."""
    web.content["/large"] = os.urandom(24 * MIB)
    web.stop_after = 20 * MIB
    web.hold.clear()
    yield web
    web.hold.set()


def begun(pod: Pod) -> list[str]:
    return [path.name for path in (pod.models / ".mr-agent" / "incoming").iterdir()]


def test_a_model_that_is_taken_away_meanwhile_is_not_fetched_and_leaves_nothing(
    pod: Pod, slow: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "mr_model_agent")
    pod.environ["MR_TIMEOUT"] = "0.5"
    pod.config.models(a=f"{slow.url}/large")
    with pod.agent():
        assert slow.held.wait(20)
        pod.config.models(b=pod.model("b", m="2"))
        pod.settled(b="2")
        until(lambda: not begun(pod))
        assert pod.names() == {"b"}
        assert pod.metric('mr_agent_failures_total{fault="transfer",step="bring"}') == 0, "nothing has failed"

    assert ("load", "a") not in pod.server.calls
    assert "a: not wanted any more, so fetching it is stopped" in caplog.text


def test_a_model_that_is_changed_meanwhile_is_fetched_as_it_is_wanted_now(pod: Pod, slow: WebServer) -> None:
    pod.environ["MR_TIMEOUT"] = "0.5"
    pod.config.models(a=f"{slow.url}/large")
    with pod.agent():
        assert slow.held.wait(20)
        pod.config.models(a=pod.model("new", m="2"), seen=pod.model("seen", m="s"))
        pod.settled(a="2", seen="s")
        assert not begun(pod)
        assert pod.metric('mr_agent_step_seconds_count{step="bring"}') == 2

    assert pod.server.calls.count(("load", "a")) == 1


def test_what_is_wanted_again_before_its_fetch_has_stopped_is_gone_on_with(pod: Pod) -> None:
    folder, at_it, go_on, found = ModelFolder(pod.models), threading.Event(), threading.Event(), list[bool]()
    pod.server.reads = False

    def bring(uri: str, incoming: Path, stop: Stop) -> Receipt:
        incoming.mkdir(parents=True, exist_ok=True)
        found.append((incoming / "part").exists())
        (incoming / "part").touch()
        if len(found) == 1:
            at_it.set()
            go_on.wait(20)
        stop.check("This")
        return Receipt(uri, uri, incoming, 1, 0, 0.0, 0, Verification((), (), {}, ()))

    folder.prepare()
    wanted = Reading((ModelSpec("a", "s3://m/a"),))
    agent = Agent(Steps(folder, ModelServer(pod.server.url), bring, Metrics()), Metrics(), parallel=1)
    agent.start()
    agent.want(wanted)
    assert at_it.wait(20)
    agent.want(Reading(()))
    agent.want(wanted)
    go_on.set()
    pod.server.wait_for("load", "a")
    agent.stop()

    assert found == [False, True]


def test_an_agent_that_ends_waits_for_no_fetch(pod: Pod) -> None:
    folder, at_it, ended = ModelFolder(pod.models), threading.Event(), list[str]()

    def bring(uri: str, incoming: Path, stop: Stop) -> Receipt:
        at_it.set()
        until(stop.is_said)
        ended.append(uri)
        raise TransferInterrupted("as a copy that is stopped")

    folder.prepare()
    agent = Agent(Steps(folder, ModelServer(pod.server.url), bring, Metrics()), Metrics(), parallel=1)
    agent.start()
    agent.want(Reading((ModelSpec("a", "s3://m/a"),)))
    assert at_it.wait(20)
    agent.stop()

    assert ended == ["s3://m/a"]


def test_a_model_of_another_format_alone_is_fetched_on(pod: Pod, slow: WebServer) -> None:
    pod.server.reads = False
    uri = f"{slow.url}/large"
    pod.config.text(f'[{{"modelName": "a", "modelSpec": {{"storageUri": "{uri}", "framework": "x"}}}}]')
    with pod.agent():
        assert slow.held.wait(20)
        pod.config.models(a=uri, seen=pod.model("seen", m="s"))
        pod.server.wait_for("load", "seen")
        slow.hold.set()
        pod.server.wait_for("load", "a")
        assert pod.metric("mr_agent_fetched_bytes_total") == 24 * MIB + 1, "nothing was stopped"


def test_fetching_keeps_nobody_from_being_loaded_or_deleted(pod: Pod, slow: WebServer) -> None:
    pod.config.models(a=pod.model("a", m="1"), b=pod.model("b", m="2"))
    with pod.agent(parallel=1):
        pod.settled(a="1", b="2")
        pod.config.models(a=pod.model("a"), b=pod.model("b"), large=f"{slow.url}/large")
        assert slow.held.wait(20)
        pod.config.models(a=pod.model("a"), large=f"{slow.url}/large")
        pod.settled(a="1")
        until(lambda: pod.names() == {"a"})
        slow.hold.set()


def test_no_more_than_is_said_are_fetched_at_once(pod: Pod, slow: WebServer) -> None:
    pod.config.models(large=f"{slow.url}/large")
    with pod.agent(parallel=1):
        assert slow.held.wait(20)
        pod.config.models(large=f"{slow.url}/large", other=pod.model("other", m="1"), gone=f"file://{pod.files}/gone")
        until(lambda: pod.metric("mr_agent_models_wanted") == 3)
        assert begun(pod) == ["large"]
        slow.hold.set()
        pod.server.wait_for("load", "other")
        assert ("load", "large") in pod.server.calls
