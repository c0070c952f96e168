"""The Go agent's flags, and those of our own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mr_model_agent import run as agent_run
from mr_model_agent.__main__ import main
from mr_model_agent.run import AgentSettings


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[AgentSettings]:
    """What the agent would have run with."""
    seen: list[AgentSettings] = []
    monkeypatch.setattr(agent_run, "run_agent", lambda settings, **_: seen.append(settings))
    return seen


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_the_arguments_that_kserve_gives_its_agent_are_understood(ran: list[AgentSettings]) -> None:
    """As ``pkg/webhook/admission/pod/agent_injector.go`` puts them together."""
    flags = ["--enable-puller", "--config-dir", "/mnt/c", "--model-dir", "/mnt/m", "--component-port", "8085"]
    result = run(*flags, "--logger-tls-skip-verify=false", "--max-batchsize", "32")

    assert result.exit_code == 0, result.output
    assert ran == [AgentSettings(Path("/mnt/c"), Path("/mnt/m"), "http://localhost:8085")]
    assert "--max-batchsize, --logger-tls-skip-verify of the Go agent mean nothing here" in result.stderr


@pytest.mark.parametrize("joined", [True, False])
def test_every_flag_of_the_go_agent_is_taken_with_its_value(ran: list[AgentSettings], joined: bool) -> None:
    """Those of ``cmd/agent/main.go`` from KServe 0.8 to 0.20, in both forms that its flag library (pflag) has."""
    values = {"workers": "5", "source-uri": "s", "log-mode": "all", "log-store-path": "p", "log-store-format": "json"}
    values |= {"log-marshaller-url": "http://h/m", "log-marshaller-port": "9083", "log-batch-size": "1"}
    values |= {"log-batch-interval": "0s", "inference-service": "i", "namespace": "n", "endpoint": "e"}
    values |= {"component": "predictor", "metadata-headers": "a,b", "metadata-annotations": "a=b", "log-url": ""}
    values |= {"logger-ca-cert-file": "service-ca.crt", "logger-tls-skip-verify": "false", "probe-period": "-1ns"}
    values |= {"max-batchsize": "32", "max-latency": "5000", "enable-batcher": "false", "enable-puller": "TRUE"}
    values |= {"port": "9081", "component-port": "8080", "config-dir": "/mnt/configs", "model-dir": "/mnt/models"}
    pairs = [[f"--{name}={value}"] if joined else [f"--{name}", value] for name, value in values.items()]
    result = run(*[each for pair in pairs for each in pair])

    assert result.exit_code == 0, result.output
    assert ran == [AgentSettings()]


@pytest.mark.parametrize("yes", ["1", "t", "T", "true", "TRUE", "True"])
@pytest.mark.parametrize("no", ["0", "f", "F", "false", "FALSE", "False"])
def test_yes_and_no_are_said_as_in_go(ran: list[AgentSettings], yes: str, no: str) -> None:
    assert run(f"--enable-puller={yes}", f"--enable-batcher={no}").exit_code == 0
    assert run(f"--enable-puller={no}").exit_code == 2
    assert run(f"--enable-batcher={yes}").exit_code == 2
    assert len(ran) == 1


def test_without_any_flag_the_defaults_are_those_of_the_settings(ran: list[AgentSettings]) -> None:
    assert run().exit_code == 0
    assert ran == [AgentSettings()]


def test_a_server_url_wins_over_the_components_port(ran: list[AgentSettings]) -> None:
    assert run("--server-url", "http://h:1", "--component-port", "2").exit_code == 0
    assert ran[0].server_url == "http://h:1"


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--log-url", "http://h"], "--log-url asks for requests to be logged"),
        (["--enable-batcher"], "--enable-batcher asks"),
        (["--enable-batcher=true", "--max-latency", "5"], "--enable-batcher asks"),
        (["--enable-puller=false"], "leaves this program nothing to do"),
    ],
)
def test_what_would_not_be_done_is_refused(ran: list[AgentSettings], flags: list[str], says: str) -> None:
    result = run(*flags)

    assert result.exit_code == 2
    assert says in result.stderr
    assert not ran


@pytest.mark.parametrize("flags", [["--enable-batcher=false"], ["--log-url", ""], ["--enable-puller=true"]])
def test_a_flag_that_asks_for_nothing_is_none(ran: list[AgentSettings], flags: list[str]) -> None:
    assert run(*flags).exit_code == 0
    assert ran


@pytest.mark.parametrize("library", ["prometheus_client", "watchfiles"])
def test_an_installation_without_the_extra_says_so(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    for module in ("run", "metrics", "watch", "front", "agent"):
        monkeypatch.delitem(sys.modules, f"mr_model_agent.{module}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    result = run()

    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"mr-model-agent needs {library}: pip install 'mr-client[agent]'."
