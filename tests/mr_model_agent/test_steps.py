"""How a step is done, and how the model stands after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mr_client.errors import TransferError, TransferInterrupted
from mr_client.receipt import Receipt
from mr_client.storage.copy.stop import Stop
from mr_client.storage.verify import Verification
from mr_model_agent.folder import ModelFolder
from mr_model_agent.intents import Action, Standing
from mr_model_agent.metrics import Metrics
from mr_model_agent.models_json import ModelSpec
from mr_model_agent.server_calls import ModelServer, ServerAbsent, ServerSlow
from mr_model_agent.steps import Steps
from servers.model_server import StubServer, model_server

OLD, NEW = ModelSpec("iris", "s3://m/1"), ModelSpec("iris", "s3://m/2")


class Quiet(ModelServer):
    """Loads, and does not say in time whether it is ready: as one that is busy, or ends."""

    says: TransferError

    def ready(self, name: str) -> bool:
        """Give no answer."""
        raise self.says


class Run:
    """What a run of the agent does its steps with."""

    def __init__(self, folder: Path, server: ModelServer) -> None:
        self.fetched: list[str] = []
        self.metrics = Metrics()
        self.folder = ModelFolder(folder)
        self.folder.prepare()
        self.steps = Steps(self.folder, server, self._bring, self.metrics)
        self.stop = Stop()
        self.stopped_at_the_end = False

    def _bring(self, uri: str, folder: Path, stop: Stop) -> Receipt:
        self.fetched.append(uri)
        folder.mkdir(parents=True)
        (folder / "m").write_text(uri)
        if self.stopped_at_the_end:
            stop.say()
        return Receipt(uri, uri, folder, 1, 7, 0.0, 7, Verification((), (), {}, ()))

    def do(self, action: Action, spec: ModelSpec | None, standing: Standing) -> tuple[Standing, bool]:
        return self.steps.do(action, "iris", spec, standing, self.stop)


@pytest.fixture
def server(target: Path) -> Iterator[StubServer]:
    with model_server(target) as server:
        yield server


@pytest.fixture
def run(server: StubServer) -> Run:
    return Run(server.folder, ModelServer(server.url))


def again(server: StubServer) -> Run:
    """Begin as an agent does that is started after another one has ended."""
    return Run(server.folder, ModelServer(server.url))


def loaded(run: Run, spec: ModelSpec = OLD) -> Standing:
    standing, _ = run.do(Action.BRING, spec, Standing())
    standing, _ = run.do(Action.LOAD, spec, standing)
    return standing


def test_a_model_is_brought_loaded_unloaded_and_deleted(run: Run) -> None:
    standing, _ = run.do(Action.BRING, OLD, Standing(begun=True))
    assert standing == Standing(there=OLD.uri)
    assert b"mr_agent_fetched_bytes_total 7.0" in run.metrics.text()
    standing, ready = run.do(Action.LOAD, OLD, standing)
    assert (standing, ready) == (Standing(there=OLD.uri, loaded=OLD.uri), True)
    standing, _ = run.do(Action.UNLOAD, None, standing)
    assert standing == Standing(there=OLD.uri)
    assert run.do(Action.DELETE, None, standing) == (Standing(), False)
    assert run.folder.models() == {}


@pytest.mark.parametrize("says", [ServerSlow("busy"), ServerAbsent("gone")])
def test_what_is_loaded_is_loaded_though_the_server_does_not_say_that_it_is_ready(
    server: StubServer, says: TransferError
) -> None:
    quiet = Quiet(server.url)
    quiet.says = says
    run = Run(server.folder, quiet)
    standing, _ = run.do(Action.BRING, OLD, Standing())

    assert run.do(Action.LOAD, OLD, standing) == (Standing(there=OLD.uri, loaded=OLD.uri), False)


@pytest.mark.parametrize("standing", [Standing(there=OLD.uri, loaded=OLD.uri), Standing(there=OLD.uri, asked=False)])
def test_after_a_change_the_server_has_something_else_whatever_is_known_of_it(run: Run, standing: Standing) -> None:
    after, _ = run.do(Action.BRING, NEW, standing)

    assert after == Standing(there=NEW.uri, loaded="")


def test_what_was_loaded_is_known_after_a_restart_and_the_server_is_asked(run: Run, server: StubServer) -> None:
    loaded(run)

    run = again(server)
    left = run.steps.left()
    assert left == {"iris": Standing(there=OLD.uri, loaded=OLD.uri, asked=False, begun=True)}
    standing, ready = run.do(Action.ASK, OLD, left["iris"])

    assert (standing.loaded, standing.asked, ready) == (OLD.uri, True, True)


@pytest.mark.parametrize("why", ["it was unloaded", "the server began anew"])
def test_without_a_yes_it_is_not_known_what_the_server_has_after_a_restart(
    run: Run, server: StubServer, why: str
) -> None:
    standing = loaded(run)
    if why == "it was unloaded":
        run.do(Action.UNLOAD, None, standing)
        server.loaded["iris"] = {}  # by somebody else
    else:
        server.loaded.clear()

    run = again(server)
    standing, ready = run.do(Action.ASK, OLD, run.steps.left()["iris"])

    assert (standing.loaded, standing.asked, ready) == ("", True, False)


def test_what_an_earlier_run_left_and_is_not_wanted_is_unloaded_once(run: Run, server: StubServer) -> None:
    loaded(run)

    run = again(server)
    standing, _ = run.do(Action.UNLOAD, None, run.steps.left()["iris"])

    assert (standing.loaded, standing.asked) == (None, True)


def test_what_was_only_begun_before_a_restart_was_never_loaded(run: Run, server: StubServer) -> None:
    run.folder.incoming(OLD).mkdir(parents=True)

    assert again(server).steps.left() == {"iris": Standing(asked=True, begun=True)}


def test_what_was_fetched_whole_is_put_in_place_without_another_fetch(run: Run) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ModelFolder, "_aside", _full)
        with pytest.raises(TransferError):
            run.do(Action.BRING, OLD, Standing())
    assert run.folder.there("iris") is None

    standing, _ = run.do(Action.BRING, OLD, Standing(begun=True))

    assert standing.there == run.folder.there("iris") == OLD.uri
    assert run.fetched == [OLD.uri]


def _full(folder: ModelFolder, path: Path) -> None:
    raise TransferError("no room")


def test_what_nobody_wants_any_more_when_its_last_byte_comes_does_not_take_the_place_of_what_is_there(run: Run) -> None:
    standing = loaded(run)
    run.stopped_at_the_end = True

    with pytest.raises(TransferInterrupted, match="Bringing 'iris' was stopped"):
        run.do(Action.BRING, NEW, standing)
    assert run.folder.there("iris") == OLD.uri
    assert run.folder.noted_loaded("iris") == OLD.uri
