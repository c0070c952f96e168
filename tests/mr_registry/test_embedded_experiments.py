"""Experiment runs: their artifacts, and the history of their metrics."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from mr_registry.api import application
from mr_registry.contract import BASE_PATH
from mr_registry.database import open_database


@pytest.fixture
def experiment(registry: TestClient) -> str:
    """The id of the experiment 'tuning'."""
    return str(registry.post("/experiments", json={"name": "tuning"}).json()["id"])


@pytest.fixture
def run(registry: TestClient, experiment: str) -> str:
    """The id of a run of the experiment 'tuning'."""
    answer = registry.post("/experiment_runs", json={"name": "first", "experimentId": experiment})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _log(registry: TestClient, run: str, value: float, **more: Any) -> Any:
    """Log the metric 'loss' of a run, and return what is answered."""
    body = {"artifactType": "metric", "name": "loss", "value": value, **more}
    answer = registry.post(f"/experiment_runs/{run}/artifacts", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _values(registry: TestClient, path: str, **query: Any) -> list[float]:
    return [entry["value"] for entry in registry.get(path, params=query).json()["items"]]


def test_a_run_with_an_id_below_its_experiment_is_changed(registry: TestClient, experiment: str, run: str) -> None:
    """It is answered 201 nevertheless; a run of another experiment does not move."""
    other = registry.post("/experiments", json={"name": "other"}).json()["id"]
    body = {"id": run, "experimentId": experiment, "status": "FINISHED"}

    changed = registry.post(f"/experiments/{experiment}/experiment_runs", json=body)
    moved = registry.post(f"/experiments/{other}/experiment_runs", json=body)

    assert (changed.status_code, moved.status_code) == (201, 404)
    assert (changed.json()["id"], changed.json()["name"], changed.json()["status"]) == (run, "first", "FINISHED")


def test_runs_of_a_missing_experiment_are_not_found(registry: TestClient, run: str) -> None:
    """Other than the children of models, which are none. A run is no experiment."""
    for parent in ("77", run):
        answer = registry.get(f"/experiments/{parent}/experiment_runs")

        assert answer.status_code == 404
        assert answer.json()["message"] == f"no experiment found for id {parent}: not found"


def test_a_run_does_not_end_before_it_starts(registry: TestClient, experiment: str) -> None:
    """On creation, and on a change of its end."""
    body = {"name": "r", "experimentId": experiment, "startTimeSinceEpoch": "1000"}

    backward = registry.post("/experiment_runs", json=body | {"endTimeSinceEpoch": "999"})
    created = registry.post("/experiment_runs", json=body | {"endTimeSinceEpoch": "1000"})
    changed = registry.patch(f"/experiment_runs/{created.json()['id']}", json={"endTimeSinceEpoch": "5"})

    assert (backward.status_code, created.status_code, changed.status_code) == (400, 201, 400)
    assert backward.json()["message"] == (
        "endTimeSinceEpoch (999) cannot be less than startTimeSinceEpoch (1000): bad request"
    )


@pytest.mark.parametrize(
    ("artifact_type", "status"),
    [("model-artifact", 201), ("doc-artifact", 201), ("dataset-artifact", 200), ("metric", 200), ("parameter", 200)],
)
def test_an_artifact_of_a_run_names_it_and_its_experiment(
    registry: TestClient, experiment: str, run: str, artifact_type: str, status: int
) -> None:
    """Whatever the body says of them; below a run it is listed and found."""
    body = {"artifactType": artifact_type, "name": "a", "experimentId": "7", "experimentRunId": "8"}
    values: dict[str, Any] = {"metric": 1.0, "parameter": "p"}

    answer = registry.post(f"/experiment_runs/{run}/artifacts", json=body | {"value": values.get(artifact_type)})

    assert answer.status_code == status
    artifact = answer.json()
    assert (artifact["experimentId"], artifact["experimentRunId"]) == (experiment, run)
    assert registry.get(f"/artifacts/{artifact['id']}").json() == artifact
    assert registry.get(f"/experiment_runs/{run}/artifacts?artifactType={artifact_type}").json()["items"] == [artifact]
    assert registry.get("/artifact", params={"name": "a", "parentResourceId": run}).json() == artifact


def test_an_artifact_that_exists_becomes_one_of_a_run(registry: TestClient, version: str, run: str) -> None:
    """And stays one of its version; one of a version alone names no run."""
    body = {"artifactType": "model-artifact", "name": "a"}
    artifact = registry.post(f"/model_versions/{version}/artifacts", json=body).json()

    linked = registry.post(f"/experiment_runs/{run}/artifacts", json=body | {"id": artifact["id"]})

    assert "experimentRunId" not in artifact
    assert (linked.status_code, linked.json()["id"], linked.json()["experimentRunId"]) == (200, artifact["id"], run)
    for path in (f"/model_versions/{version}/artifacts", f"/experiment_runs/{run}/artifacts"):
        assert registry.get(path).json()["items"] == [linked.json()]


def test_a_model_artifact_of_a_run_is_no_duplicate(registry: TestClient, run: str) -> None:
    """Its name is unique below the run, as below a version."""
    body = {"artifactType": "model-artifact", "name": "a"}

    answers = [registry.post(f"/experiment_runs/{run}/artifacts", json=body).status_code for _ in range(2)]

    assert answers == [201, 409]


def test_an_artifact_of_a_missing_run_is_not_found(registry: TestClient, version: str) -> None:
    """A version is no run."""
    for parent in ("77", version):
        answer = registry.post(f"/experiment_runs/{parent}/artifacts", json={"artifactType": "doc-artifact"})

        assert answer.status_code == 404
        assert answer.json()["message"] == f"no experiment run found for id {parent}: not found"


def test_a_metric_is_the_latest_and_its_history_is_all(registry: TestClient, experiment: str, run: str) -> None:
    """Each time it is logged; the entries are metrics as they were then."""
    first = _log(registry, run, 0.5, step=1, timestamp="1000")
    last = _log(registry, run, 0.25, step=2, timestamp="2000")

    history = registry.get(f"/experiment_runs/{run}/metric_history").json()

    assert registry.get(f"/experiment_runs/{run}/artifacts").json()["items"] == [last]
    assert (first["id"], history["size"]) == (last["id"], 2)
    for entry, logged in zip(history["items"], (first, last), strict=True):
        logged["createTimeSinceEpoch"] = logged["lastUpdateTimeSinceEpoch"]
        assert entry | {"id": "", "createTimeSinceEpoch": "", "lastUpdateTimeSinceEpoch": ""} == logged | {
            "id": "",
            "createTimeSinceEpoch": "",
            "lastUpdateTimeSinceEpoch": "",
        }
    assert [entry["experimentId"] for entry in history["items"]] == [experiment] * 2


def test_only_what_is_logged_to_a_run_is_history(registry: TestClient, version: str, run: str) -> None:
    """No change of the metric, no metric of a version, no other artifact; what is refused is none either."""
    metric = _log(registry, run, 0.5)
    registry.patch(f"/artifacts/{metric['id']}", json={"artifactType": "metric", "value": 9.0})
    registry.post(f"/model_versions/{version}/artifacts", json={"artifactType": "metric", "name": "m", "value": 9.0})
    registry.post(f"/experiment_runs/{run}/artifacts", json={"artifactType": "parameter", "name": "p", "value": "9"})
    registry.post(f"/experiment_runs/{run}/artifacts", json={"artifactType": "metric", "name": "loss", "value": "x"})

    assert _values(registry, "/experiment_runs/metric_history") == [0.5]


def test_a_metric_logged_by_its_id_is_history_too(registry: TestClient, run: str) -> None:
    """As one that is logged by its name."""
    metric = _log(registry, run, 0.5)
    _log(registry, run, 0.25, id=metric["id"])

    assert _values(registry, f"/experiment_runs/{run}/metric_history") == [0.5, 0.25]


def test_a_metric_of_two_runs_names_the_one_it_was_logged_to_last(
    registry: TestClient, experiment: str, run: str
) -> None:
    """By its id or by its name; the history of each has its own entries only."""
    other = registry.post("/experiment_runs", json={"experimentId": experiment}).json()["id"]
    first = _log(registry, run, 0.5)
    linked = _log(registry, other, 0.25, id=first["id"])
    again = _log(registry, run, 0.125)

    assert {first["id"], linked["id"], again["id"]} == {first["id"]}
    assert [each["experimentRunId"] for each in (first, linked, again)] == [run, other, run]
    assert _values(registry, f"/experiment_runs/{run}/metric_history") == [0.5, 0.125]
    assert _values(registry, f"/experiment_runs/{other}/metric_history") == [0.25]


def test_an_entry_bears_the_time_at_which_it_was_logged() -> None:
    """Not that of the metric's first one."""
    times = iter(range(1000, 9000, 1000))
    database = open_database(":memory:", lambda: next(times))
    with TestClient(application(database), base_url=f"http://registry{BASE_PATH}") as client:
        client.post("/experiments", json={"name": "e"})
        client.post("/experiment_runs", json={"experimentId": "1"})
        for value in (0.5, 0.25):
            _log(client, "2", value)

        entries = client.get("/experiment_runs/metric_history").json()["items"]

    assert [entry["createTimeSinceEpoch"] for entry in entries] == ["3000", "4000"]
    assert [entry["lastUpdateTimeSinceEpoch"] for entry in entries] == ["3000", "4000"]


def test_history_is_asked_for_by_name_steps_and_run(registry: TestClient, experiment: str, run: str) -> None:
    """In pages like any list."""
    other = registry.post("/experiment_runs", json={"experimentId": experiment}).json()["id"]
    for step in range(4):
        _log(registry, run, step / 8, step=step)
    _log(registry, run, 7.0, name="lo_s", step=2)
    _log(registry, run, 8.0, name="stepless")
    _log(registry, other, 9.0, step=1)
    mine = f"/experiment_runs/{run}/metric_history"

    assert _values(registry, mine, name="loss") == [0.0, 0.125, 0.25, 0.375]
    assert _values(registry, mine, name="lo_s") == [7.0]
    assert _values(registry, mine, stepIds="2") == [0.25, 7.0]
    assert _values(registry, mine, stepIds="3, 1,,") == [0.125, 0.375]
    assert _values(registry, mine, stepIds=",") == _values(registry, mine)
    assert _values(registry, mine, name="loss", sortOrder="DESC", pageSize=2) == [0.375, 0.25]
    assert _values(registry, f"/experiment_runs/{other}/metric_history") == [9.0]
    assert _values(registry, "/experiment_runs/metric_history", stepIds="1") == [0.125, 9.0]
    token = registry.get(mine, params={"name": "loss", "pageSize": 3}).json()["nextPageToken"]
    assert _values(registry, mine, name="loss", pageSize=3, nextPageToken=token) == [0.375]


@pytest.mark.parametrize("steps", ["x", "1,x", "1.5", "1;2", str(1 << 63)])
def test_steps_that_are_no_integers_are_a_bad_request(registry: TestClient, run: str, steps: str) -> None:
    """They are not merely none."""
    for path in ("/experiment_runs/metric_history", f"/experiment_runs/{run}/metric_history"):
        answer = registry.get(path, params={"stepIds": steps})

        assert answer.status_code == 400
        assert answer.json()["message"].startswith("invalid stepIds: ")


def test_the_history_of_a_missing_run_is_not_found(registry: TestClient, experiment: str) -> None:
    """An experiment is no run."""
    for parent in ("77", experiment):
        answer = registry.get(f"/experiment_runs/{parent}/metric_history")

        assert answer.status_code == 404
        assert answer.json()["message"] == f"no experiment run found for id {parent}: not found"
