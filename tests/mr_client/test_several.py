"""Several sources in one run: what they share, and what becomes of the others when one fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import mr_client
from mr_client.errors import InvalidURI
from mr_client.pairs import Pair
from mr_client.reports.resolution import outcome_line
from mr_client.several import check_sources, fetch_each
from mr_client.storage.connections import StoreConnections
from mr_client.storage.location import Location
from mr_client.storage.network.trusted import Trust
from servers.web import WebServer


@pytest.fixture
def environ(registry_url: str, web: WebServer) -> dict[str, str]:
    """Two models in a registry, whose files are on a web server."""
    with mr_client.Registry(registry_url, environ={}) as registry:
        for name in ("base", "lora"):
            web.content[f"/{name}.bin"] = name.encode()
            registry.register(name, "v1", uri=f"{web.url}/{name}.bin")
    return {"MODEL_REGISTRY_BASE_URL": registry_url, "MR_WORKERS": "1"}


def pairs(target: Path, *sources: str) -> list[Pair]:
    return [Pair(source, target / str(number)) for number, source in enumerate(sources)]


def test_two_sources_come_over_the_same_connections(
    environ: dict[str, str], web: WebServer, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mr_client.registry import RegistryAPI

    made: list[object] = []
    begin = RegistryAPI.__init__

    def counted(self: RegistryAPI, *arguments: object, **keywords: object) -> None:
        made.append(self)
        begin(self, *arguments, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(RegistryAPI, "__init__", counted)

    outcomes = fetch_each(pairs(target, "model-registry://base/v1", "model-registry://lora/v1"), environ=environ)

    assert [outcome.error for outcome in outcomes] == [None, None]
    assert ((target / "0/base.bin").read_bytes(), (target / "1/lora.bin").read_bytes()) == (b"base", b"lora")
    assert len(made) == 1
    assert len(web.connections) == 1


@pytest.mark.parametrize("failing", [0, 1])
def test_a_failure_names_its_pair_and_the_other_is_whole(
    environ: dict[str, str], web: WebServer, target: Path, failing: int
) -> None:
    sources = ["model-registry://base/v1", "model-registry://lora/v1"]
    sources[failing] = f"{web.url}/lost.bin?sig=hunter2"

    outcomes = fetch_each(pairs(target, *sources), environ=environ)

    good = outcomes[1 - failing]
    assert good.receipt is not None
    assert good.receipt.files == 1
    assert len(list(good.pair.destination.iterdir())) == 1
    assert not outcomes[failing].pair.destination.exists()
    line = outcome_line(outcomes)
    assert line.startswith(
        f"1 of 2 failed, the others are ready. {web.url}/lost.bin?… into {target / str(failing)}: Not"
    )
    assert "hunter2" not in line


def test_alone_a_failure_is_its_sentence(web: WebServer, target: Path) -> None:
    (outcome,) = outcomes = fetch_each(pairs(target, f"{web.url}/lost.bin"), environ={})

    assert outcome_line(outcomes) == str(outcome.error)


def test_what_can_be_refused_of_any_is_refused_before_the_first_is_asked_for(target: Path) -> None:
    nowhere = {"MODEL_REGISTRY_BASE_URL": "127.0.0.1:9"}

    with pytest.raises(InvalidURI, match="trailing slash"):
        check_sources(pairs(target, "model-registry://base/v1", "model-registry://lora/"), environ=nowhere)
    with pytest.raises(InvalidURI, match="'lora/v1' is no URI"):
        check_sources(pairs(target, "model-registry://base/v1", "lora/v1"), environ=nowhere)
    with pytest.raises(InvalidURI, match="'model-registry://lora' names no version.*model-registry://lora/VERSION"):
        check_sources(
            pairs(target, "model-registry://base/v1", "model-registry://lora"),
            environ={**nowhere, "MR_REQUIRE_VERSION": "true"},
        )


def test_a_version_is_asked_for_of_the_library_too(environ: dict[str, str]) -> None:
    with (
        mr_client.Registry(environ={**environ, "MR_REQUIRE_VERSION": "1"}) as registry,
        pytest.raises(InvalidURI, match="names no version"),
    ):
        registry.resolve("base")


def test_what_was_made_otherwise_is_not_shared() -> None:
    connections = StoreConnections()
    location = Location("s3://b/k", "s3", "b/k", options={"key": "a", "secret": "b"})
    untrusting = replace(location, trust=Trust(verify=False))
    first = connections.web(location, connections=1, timeout=30)

    assert connections.web(replace(location, path="b/other"), connections=1, timeout=30) is first
    assert connections.web(untrusting, connections=1, timeout=30) is not first
    client = connections.s3(location)
    assert connections.s3(replace(location, path="b/other")) is client
    assert connections.s3(replace(location, options={"key": "a", "secret": "c"})) is not client
