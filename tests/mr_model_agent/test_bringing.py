"""How a model's files come into a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import mr_client
from mr_client.connections import Connections
from mr_client.errors import InvalidSettings, NotAllowed, NotFound, TransferInterrupted, VerificationFailed
from mr_client.registry import RegistryAPI
from mr_client.settings import Endpoint
from mr_client.storage.copy.stop import Stop
from mr_model_agent.bringing import bring, check_environment, fault

ENVIRON = {"MR_SYNC": "false"}


@pytest.fixture
def source(tmp_path: Path) -> str:
    """The URI of a model of one file."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "m").write_bytes(b"1")
    return f"file://{tmp_path}/source"


def test_what_is_stopped_before_it_begins_is_not_brought(source: str, target: Path) -> None:
    stop = Stop()
    stop.say()

    with Connections() as connections, pytest.raises(TransferInterrupted):
        bring(source, target, environ=ENVIRON, connections=connections, stop=stop)
    assert not target.exists()


def test_what_is_fetched_anew_can_be_stopped_too(source: str, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target.mkdir(parents=True)
    (target / "of-an-older-version").touch()
    stop, rmtree = Stop(), shutil.rmtree

    def removed(folder: Path) -> None:
        rmtree(folder)
        stop.say()

    monkeypatch.setattr(shutil, "rmtree", removed)
    with Connections() as connections, pytest.raises(TransferInterrupted):
        bring(source, target, environ=ENVIRON, connections=connections, stop=stop)
    assert not target.exists()


def test_models_of_one_registry_are_asked_for_over_the_same_connections(
    registry_url: str, source: str, target: Path
) -> None:
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=source)
    seen: list[Endpoint] = []

    class Seen(Connections):
        def registry(self, endpoint: Endpoint) -> RegistryAPI:
            seen.append(endpoint)
            return super().registry(endpoint)

    with Seen() as connections:
        environ = {**ENVIRON, "MODEL_REGISTRY_BASE_URL": registry_url}
        for number in range(2):
            bring("model-registry://iris", target / str(number), environ=environ, connections=connections)

    assert len(seen) == 2


@pytest.mark.parametrize(
    ("variable", "value"),
    [("MODEL_REGISTRY_TIMEOUT", "long"), ("MR_WORKERS", "many"), ("STORAGE_ALLOW_PATTERNS", "[1]")],
)
def test_a_variable_that_means_nothing_is_refused_before_the_first_copy(variable: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=variable):
        check_environment({variable: value})


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotFound("gone"), "not_found"),
        (NotAllowed("closed"), "not_allowed"),
        (VerificationFailed("damaged"), "verification"),
        (ValueError("a bug"), "unexpected"),
    ],
)
def test_faults_are_told_apart_by_what_is_to_be_done_about_them(error: Exception, kind: str) -> None:
    assert fault(error) == kind
