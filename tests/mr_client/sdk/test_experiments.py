"""Experiments as a person in a notebook has them, on the embedded registry in both its modes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy
import pytest

import mr_client
import mr_registry
from mr_client import errors
from mr_client.registry import RegistryAPI, RunRecord
from mr_client.settings import Endpoint


class Wire(httpx.HTTPTransport):
    """The network, which notes each call, and can be made to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.instead: Callable[[httpx.Request], httpx.Response | None] = lambda request: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(f"{request.method} {request.url.path.partition('v1alpha3/')[2]}")
        return self.instead(request) or super().handle_request(request)


@pytest.fixture(scope="module", params=[False, True], ids=["as it should be", "like upstream"])
def served(request: pytest.FixtureRequest) -> Iterator[str]:
    with mr_registry.serve(like_upstream=request.param) as url:
        yield url


@pytest.fixture
def experiment(request: pytest.FixtureRequest) -> str:
    """A name that no other test has."""
    return f"tuning of {request.node.name}"


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def registry(served: str, wire: Wire) -> Iterator[mr_client.Registry]:
    with mr_client.Registry(served, environ={}) as registry:
        registry._api.close()
        registry._api = RegistryAPI(Endpoint(served), transport=wire)
        yield registry


@pytest.fixture
def nowhere() -> RegistryAPI:
    """A registry that must not be asked."""

    def ask(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.method} {request.url} was sent")

    return RegistryAPI(Endpoint("http://registry.test"), transport=httpx.MockTransport(ask))


def test_a_run_that_goes_well_is_finished_and_has_what_was_logged(
    registry: mr_client.Registry, experiment: str
) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    with registry.run(experiment, "run-1", properties={"tags": ["a"]}, owner="ada") as run:
        assert run.status == "RUNNING"
        run.log_metric("accuracy", 0.97, step=3)
        run.log_parameter("depth", 4)
        run.log({"loss": 0.5, "seconds": 12})
        run.log_dataset("iris.csv", uri="s3://data/iris.csv", digest="sha256:1")

    (read,) = registry.runs(experiment)
    assert (read.name, read.status, read.state, read.owner, read.properties) == (
        "run-1",
        "FINISHED",
        "LIVE",
        "ada",
        {"tags": ["a"]},
    )
    assert before <= read.started <= read.ended <= datetime.now(UTC)  # type: ignore[operator]
    assert {name: (metric.value, metric.step) for name, metric in read.metrics().items()} == {
        "accuracy": (0.97, 3),
        "loss": (0.5, 0),
        "seconds": (12.0, 0),
    }
    assert read.parameters()["depth"].value == 4
    assert read.datasets()["iris.csv"].digest == "sha256:1"
    assert registry.experiment(experiment).state == "LIVE"
    assert experiment in [each.name for each in registry.experiments()]


def test_an_exception_makes_a_run_failed_and_goes_on(registry: mr_client.Registry, experiment: str) -> None:
    with pytest.raises(ZeroDivisionError), registry.run(experiment, "broken"):
        raise ZeroDivisionError
    with pytest.raises(KeyboardInterrupt), registry.run(experiment, "stopped"):
        raise KeyboardInterrupt

    assert {run.name: run.status for run in registry.runs(experiment)} == {"broken": "FAILED", "stopped": "KILLED"}


def test_an_exception_is_not_hidden_by_a_registry_that_has_gone(
    registry: mr_client.Registry, experiment: str, wire: Wire
) -> None:
    run = registry.run(experiment, "run-1")
    wire.instead = lambda request: httpx.Response(500, text="gone")

    with pytest.raises(ZeroDivisionError) as caught, run:
        raise ZeroDivisionError

    assert (
        "'run-1' stays RUNNING, since it could not be marked FAILED: The registry failed" in caught.value.__notes__[0]
    )


def test_how_a_block_says_its_run_ended_is_kept(registry: mr_client.Registry, experiment: str) -> None:
    with registry.run(experiment, "run-1") as run:
        run.end("KILLED")

    assert run.refresh().status == "KILLED"


def test_a_history_has_all_and_the_metric_is_the_last(registry: mr_client.Registry, experiment: str) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
    run = registry.run(experiment, "run-1")
    for step, loss in enumerate([0.5, 0.25, 0.125]):
        run.log_metric("loss", loss, step=step, time=moment + timedelta(seconds=step))
    run.log_metric("lo_s", 7.0)

    history = list(run.metric_history("loss"))

    assert [(each.value, each.step) for each in history] == [(0.5, 0), (0.25, 1), (0.125, 2)]
    assert history[0].time == moment
    assert run.metrics()["loss"] == history[-1]
    assert list(run.metric_history("never logged")) == []


def test_what_is_logged_without_a_step_does_not_keep_the_last_one(
    registry: mr_client.Registry, experiment: str
) -> None:
    """Servers keep of a metric what is not sent."""
    run = registry.run(experiment, "run-1")
    run.log_metric("loss", 0.5, step=3)
    run.log_metric("loss", 0.25)

    assert [each.step for each in run.metric_history("loss")] == [3, 0]


def test_names_may_hold_anything(registry: mr_client.Registry, experiment: str) -> None:
    """Servers look them up by patterns: what another name matches is not taken for them."""
    names = ["loss", "lo_s", "a:b", "50%", "it's", "模型", "a__b", "\\"]
    runs = {name: registry.run(f"{experiment}/{name}", name) for name in names}
    for at, name in enumerate(names):
        runs["loss"].log_metric(name, at)

    for at, name in enumerate(names):
        run = registry.find_run(f"{experiment}/{name}", name)
        assert (run.name, run.experiment.name, run.id) == (name, f"{experiment}/{name}", runs[name].id)
        assert [each.value for each in runs["loss"].metric_history(name)] == [at]
    assert list(runs["loss"].metrics()) == names


def test_a_lookup_is_not_answered_with_a_name_that_only_matches(registry: mr_client.Registry, experiment: str) -> None:
    registry.run(f"{experiment} a-b", "c-d")

    with pytest.raises(errors.ExperimentNotFound, match="a_b"):
        registry.experiment(f"{experiment} a_b")
    with pytest.raises(errors.RunNotFound, match=r"'c_d' not found in .* \(it has: 'c-d'\)"):
        registry.find_run(f"{experiment} a-b", "c_d")
    assert registry.find_run(f"{experiment} a-b", "c-d").name == "c-d"


def test_an_experiment_that_is_not_there_is_not_made_by_reading(registry: mr_client.Registry, experiment: str) -> None:
    with pytest.raises(errors.ExperimentNotFound, match="not found"):
        registry.runs(experiment)
    with pytest.raises(LookupError):
        registry.experiment("")


def test_a_run_that_exists_is_refused_or_gone_on_with(registry: mr_client.Registry, experiment: str) -> None:
    with registry.run(experiment, "run-1") as run:
        run.log_metric("loss", 0.5)

    with pytest.raises(errors.AlreadyExists, match="has a run 'run-1' already: give another name, or exist_ok=True"):
        registry.run(experiment, "run-1")
    again = registry.run(experiment, "run-1", exist_ok=True)

    assert (again.id, again.status) == (run.id, "RUNNING")
    assert registry.find_run(experiment, "run-1").status == "RUNNING"


def test_a_run_without_a_name_gets_one(registry: mr_client.Registry, experiment: str) -> None:
    assert registry.run(experiment).name


def test_ending_a_run_does_not_bring_it_back_from_the_archive(registry: mr_client.Registry, experiment: str) -> None:
    """Servers reset a state that is not sent, and a status."""
    run = registry.run(experiment, "run-1")
    path = f"{registry._api.endpoint.url}/api/model_registry/v1alpha3/experiment_runs/{run.id}"
    httpx.patch(path, json={"state": "ARCHIVED"})

    run.refresh().end()

    assert (run.refresh().state, run.status) == ("ARCHIVED", "FINISHED")


def test_a_parameter_comes_back_as_it_was_logged(registry: mr_client.Registry, experiment: str) -> None:
    values: list[Any] = ["text", "", "4", 4, 2**70, 0.1, True, None, [1, "a", None], {"a": {"b": 1.5}}, "null", "{"]
    parameters = {f"p{at}": value for at, value in enumerate(values)}
    run = registry.run(experiment)
    run.log_parameter("p0", 1)  # takes another's place
    run.log_parameters(parameters)

    read = {name: each.value for name, each in run.parameters().items()}

    assert read == parameters
    assert [type(value) for value in read.values()] == [type(value) for value in values]


class Half:
    """A number of another library."""

    def __float__(self) -> float:
        return 0.5


def test_numbers_of_other_libraries_are_numbers(registry: mr_client.Registry, experiment: str) -> None:
    run = registry.run(experiment)
    run.log({"a": Half(), "b": numpy.float32(0.25), "c": numpy.int64(3)}, step=numpy.int64(7))
    run.log_parameters({"depth": numpy.int64(4), "rate": numpy.float32(0.5)})

    assert {name: each.value for name, each in run.metrics().items()} == {"a": 0.5, "b": 0.25, "c": 3.0}
    assert run.metrics()["a"].step == 7
    assert {name: each.value for name, each in run.parameters().items()} == {"depth": 4, "rate": 0.5}


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda run: run.log({"a": 1.0, "b": math.nan}), "Metric 'b' is float nan"),
        (lambda run: run.log_metric("a", math.inf), "finite numbers only"),
        (lambda run: run.log_metric("a", 10**400), "finite numbers only"),
        (lambda run: run.log_metric("a", "0.9"), "Metric 'a' is str '0.9'"),
        (lambda run: run.log_metric("a", True), "Metric 'a' is bool"),
        (lambda run: run.log_metric("a", 1.0, step=1.5), "step 1.5 of metric 'a'"),
        (lambda run: run.log_metric("a", 1.0, step=2**63), "no whole number of 64 bits"),
        (lambda run: run.log_metric("a", 1.0, time=datetime(2026, 1, 1)), "has no time zone"),
        (lambda run: run.log_metric("", 1.0), "name of the metric is '', which is empty"),
        (lambda run: run.log_metric("a" * 240, 1.0), "has 240 characters"),
        (lambda run: run.log_metric("a\0b", 1.0), "holds a null byte"),
        (lambda run: run.log_metric("a\udcff", 1.0), "no text in UTF-8"),
        (lambda run: run.log_parameters({"a": 1, "b": object()}), "Parameter 'b' is object"),
        (lambda run: run.log_parameter("a", math.nan), "Parameter 'a' is float nan"),
        (lambda run: run.log_parameter("", 1), "name of the parameter is '', which is empty"),
        (lambda run: run.log_dataset(""), "name of the dataset is '', which is empty"),
        (lambda run: run.metric_history(""), "Give its name"),
        (lambda run: run.end("RUNNING"), "does not end as 'RUNNING'"),
    ],
)
def test_what_cannot_be_kept_is_refused_before_anything_is_sent(
    nowhere: RegistryAPI, use: Callable[[mr_client.Run], object], message: str
) -> None:
    run = mr_client.Run(nowhere, mr_client.Experiment("1", "e"), RunRecord("2", "1", "r", "RUNNING"))

    with pytest.raises(errors.UsageError, match=message):
        use(run)


@pytest.mark.parametrize(
    "arguments",
    [{"experiment": ""}, {"experiment": "e" * 256}, {"name": ""}, {"name": "r" * 254}, {"properties": {"a": math.nan}}],
)
def test_a_run_that_cannot_be_is_refused_before_anything_is_sent(
    nowhere: RegistryAPI, arguments: dict[str, Any]
) -> None:
    registry = mr_client.Registry("http://registry.test", environ={})
    registry._api = nowhere

    with pytest.raises(errors.UsageError):
        registry.run(**{"experiment": "e", **arguments})


def test_no_more_is_asked_than_the_api_needs(registry: mr_client.Registry, experiment: str, wire: Wire) -> None:
    with registry.run(experiment, "first"):
        pass
    assert wire.calls[:3] == ["GET experiment", "POST experiments", "POST experiment_runs"]
    assert [call.partition(" ")[0] for call in wire.calls[3:]] == ["PATCH"]

    wire.calls.clear()
    with registry.run(experiment, "second") as run:
        run.log({"a": 1, "b": 2, "c": 3})
        run.log_parameter("d", 4)
    below = f"experiment_runs/{run.id}"
    assert wire.calls == [
        "GET experiment",
        "POST experiment_runs",
        *[f"POST {below}/artifacts"] * 4,
        f"PATCH {below}",
    ]

    wire.calls.clear()
    assert len(run.metrics()) == 3
    assert len(list(run.metric_history("a"))) == 1
    assert len(list(registry.runs(experiment))) == 2
    assert wire.calls == [
        f"GET {below}/artifacts",
        f"GET {below}/metric_history",
        "GET experiment",
        f"GET experiments/{run.experiment.id}/experiment_runs",
    ]


def test_no_artifact_of_a_run_is_ever_patched(registry: mr_client.Registry, experiment: str, wire: Wire) -> None:
    """Servers forget then whose it is."""
    run = registry.run(experiment)
    for value in (1, 2):
        run.log_metric("m", value)
        run.log_parameter("p", value)

    assert not [call for call in wire.calls if call.startswith("PATCH")]
    assert run.metrics()["m"].value == run.parameters()["p"].value == 2


def test_a_metric_logged_twice_in_a_millisecond_is_sent_again(
    registry: mr_client.Registry, experiment: str, wire: Wire
) -> None:
    """Kubeflow's server names the entries of a history by it, and finds that the second exists."""
    run = registry.run(experiment)
    refusals = [httpx.Response(409, json={"code": "Conflict", "message": "exists"}) for _ in range(2)]
    wire.instead = lambda request: refusals.pop() if refusals else None

    run.log_metric("loss", 0.5)
    assert run.metrics()["loss"].value == 0.5

    wire.instead = lambda request: httpx.Response(409, json={"code": "Conflict", "message": "exists"})
    with pytest.raises(errors.AlreadyExists):
        run.log_metric("loss", 0.5)


def test_what_may_have_been_logged_is_not_sent_again(registry: mr_client.Registry, experiment: str, wire: Wire) -> None:
    """It would be in the history twice."""
    run = registry.run(experiment)
    wire.calls.clear()
    wire.instead = lambda request: httpx.Response(503, text="busy")

    with pytest.raises(errors.RegistryBusy):
        run.log_metric("loss", 0.5)
    assert len(wire.calls) == 1


def test_a_run_that_started_by_a_faster_clock_ends_when_it_started(
    registry: mr_client.Registry, experiment: str
) -> None:
    """Servers refuse an end before the start."""
    of = registry.run(experiment, "first").experiment
    path = f"{registry._api.endpoint.url}/api/model_registry/v1alpha3/experiment_runs"
    httpx.post(path, json={"name": "second", "experimentId": of.id, "startTimeSinceEpoch": "9999999999000"})

    run = registry.find_run(experiment, "second")
    run.end()

    assert run.ended == run.started


def test_threads_share_a_run(registry: mr_client.Registry, experiment: str) -> None:
    with registry.run(experiment) as run, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda at: run.log_metric(f"m{at}", at), range(12)))

    assert {name: each.value for name, each in run.metrics().items()} == {f"m{at}": at for at in range(12)}


def test_a_history_leaves_out_what_a_pattern_adds(registry: mr_client.Registry, experiment: str, wire: Wire) -> None:
    run = registry.run(experiment)
    entries = [{"artifactType": "metric", "name": name, "value": 1.0} for name in ("loss", "loss__train")]
    wire.instead = lambda request: httpx.Response(
        200, json={"items": entries, "nextPageToken": "", "pageSize": 500, "size": 2}
    )

    assert [entry.name for entry in run.metric_history("loss")] == ["loss"]


def test_an_experiment_that_somebody_makes_meanwhile_is_taken(
    registry: mr_client.Registry, experiment: str, wire: Wire
) -> None:
    asked: list[str] = []

    def meanwhile(request: httpx.Request) -> httpx.Response | None:
        asked.append(request.url.path.rpartition("/")[2])
        if asked == ["experiment"]:
            with mr_client.Registry(registry._api.endpoint.url, environ={}) as other:
                other.run(experiment, "theirs")
            return httpx.Response(404, json={"code": "Not Found", "message": "no experiments found"})
        return None

    wire.instead = meanwhile
    registry.run(experiment, "ours")

    assert [run.name for run in registry.runs(experiment)] == ["theirs", "ours"]


def test_a_run_is_short_in_plain_text_and_says_all_in_a_notebook(registry: mr_client.Registry, experiment: str) -> None:
    run = registry.run(experiment, "run-1", description="<b>best</b>")

    assert repr(run) == f"Run({experiment!r}, 'run-1', RUNNING)"
    assert "&lt;b&gt;best" in run._repr_html_()
    assert ">Run run-1</caption>" in run._repr_html_()
    assert repr(run.metrics()) == "<metrics of run 'run-1': >"
