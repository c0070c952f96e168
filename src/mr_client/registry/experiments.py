"""Which calls start experiments and runs, log to them, and read what was logged?

An artifact of a run is never changed by PATCH: servers forget then which run it is of. Metrics and
parameters are sent again below the run instead, where one of the same name takes the place of the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from mr_client.errors import AlreadyExists, ExperimentNotFound, RunNotFound, UsageError
from mr_client.inputs import checked_name, room_below
from mr_client.names import NAMES_COMPARED, offered
from mr_client.properties import to_wire
from mr_client.registry import tracked
from mr_client.registry.connection import Connection
from mr_client.registry.fields import Properties, given
from mr_client.registry.paging import Page, first_page, walk
from mr_client.registry.reading import exactly
from mr_client.registry.tracked import Dataset, Experiment, Metric, Parameter, RunRecord
from mr_rest import models as wire
from mr_rest.api.model_registry_service import (
    create_experiment,
    create_experiment_run,
    find_experiment,
    find_experiment_run,
    get_experiment_experiment_runs,
    get_experiment_run,
    get_experiment_run_artifacts,
    get_experiment_run_metric_history,
    get_experiments,
    update_experiment_run,
    upsert_experiment_run_artifact,
)

__all__ = ["Experimenting"]

ArtifactT = TypeVar("ArtifactT", wire.Metric, wire.Parameter, wire.DataSet)

_METRIC_SUFFIX = len("__1234567890123")
"""What servers put behind the name of an entry of a history: the millisecond."""
_ATTEMPTS = 5
"""How often a metric is sent that was logged twice in one millisecond."""


class Experimenting:
    """The calls for experiments, runs and what they log."""

    _connection: Connection

    def experiments(self) -> Iterator[Experiment]:
        """Yield all experiments by id, fetching pages as needed."""
        url = self._connection.endpoint.url
        return (tracked.experiment(each, url) for each in self._experiments())

    def experiment(self, name: str) -> Experiment:
        """Return the experiment of exactly this name.

        Raises:
            ExperimentNotFound: there is none; the message offers the nearest names. It takes one more call to say so.
        """
        found = self.find_experiment(name)
        if found is None:
            page = first_page(
                self._connection, wire.ExperimentList, get_experiments.sync_detailed, size=NAMES_COMPARED, order_by="ID"
            )
            hint = _offered(name, page, nothing="it has none")
            raise ExperimentNotFound(f"Experiment {name!r} not found at {self._connection.endpoint.url} ({hint}).")
        return found

    def find_experiment(self, name: str) -> Experiment | None:
        """Return the experiment of exactly this name, None where there is none."""
        found = exactly(
            name,
            lambda: self._connection.call(wire.Experiment, find_experiment.sync_detailed, name=name),
            self._experiments,
        )
        return None if found is None else tracked.experiment(found, self._connection.endpoint.url)

    def create_experiment(self, name: str) -> Experiment:
        """Create an experiment.

        Raises:
            AlreadyExists: there is one of this name.
            UsageError: ``name`` is none that servers can keep.
        """
        body = wire.ExperimentCreate(name=checked_name("experiment", name, room=room_below(None)), state="LIVE")
        answer = self._connection.call(wire.Experiment, create_experiment.sync_detailed, repeatable=False, body=body)
        return tracked.experiment(answer, self._connection.endpoint.url)

    def runs(self, experiment: Experiment) -> Iterator[RunRecord]:
        """Yield all runs of ``experiment`` by id, fetching pages as needed."""
        url = self._connection.endpoint.url
        return (tracked.run_record(each, url) for each in self._runs(experiment))

    def run(self, experiment: Experiment, name: str) -> RunRecord:
        """Return the run of ``experiment`` of exactly this name.

        Raises:
            RunNotFound: there is none; the message offers the nearest names. It takes one more call to say so.
        """
        found = exactly(
            name,
            lambda: self._connection.call(
                wire.ExperimentRun, find_experiment_run.sync_detailed, name=name, parent_resource_id=experiment.id
            ),
            lambda: self._runs(experiment),
        )
        url = self._connection.endpoint.url
        if found is None:
            page = first_page(
                self._connection,
                wire.ExperimentRunList,
                get_experiment_experiment_runs.sync_detailed,
                experiment.id,
                size=NAMES_COMPARED,
                order_by="ID",
            )
            hint = _offered(name, page, nothing="it has no runs")
            raise RunNotFound(f"Run {name!r} not found in experiment {experiment.name!r} at {url} ({hint}).")
        return tracked.run_record(found, url)

    def run_by_id(self, id: str) -> RunRecord:
        """Return the run of this id as it is now.

        Raises:
            NotFound: there is none.
        """
        answer = self._connection.call(wire.ExperimentRun, get_experiment_run.sync_detailed, id)
        return tracked.run_record(answer, self._connection.endpoint.url)

    def create_run(
        self,
        experiment: Experiment,
        name: str | None,
        *,
        description: str | None = None,
        owner: str | None = None,
        properties: Properties | None = None,
    ) -> RunRecord:
        """Create a run of ``experiment`` that starts now.

        Args:
            experiment: as the registry answered with it.
            name: without one, the server makes one up.
            description: of the run.
            owner: of the run.
            properties: plain values.

        Raises:
            AlreadyExists: the experiment has a run of this name.
            UsageError: a property is no JSON value, or ``name`` is none that servers can keep.
        """
        if name is not None:
            checked_name("run", name, room=room_below(experiment.id))
        body = wire.ExperimentRunCreate(
            name=given(name),
            experiment_id=experiment.id,
            description=given(description),
            owner=given(owner),
            custom_properties=wire.CustomProperties.from_dict(to_wire(properties or {})),
            status="RUNNING",
            state="LIVE",
            start_time_since_epoch=tracked.milliseconds(datetime.now(UTC)),
        )
        answer = self._connection.call(
            wire.ExperimentRun, create_experiment_run.sync_detailed, repeatable=False, body=body
        )
        return tracked.run_record(answer, self._connection.endpoint.url)

    def update_run(self, run: RunRecord, *, status: str, ended: datetime | None = None) -> RunRecord:
        """Say how a run goes, and keep the rest.

        Args:
            run: as it was read last: a change that was made since to its state is overwritten.
            status: ``RUNNING``, ``FINISHED``, ``FAILED`` or ``KILLED``.
            ended: when it ended; not before its start, which servers refuse.
        """
        if ended is not None and run.started is not None:
            ended = max(ended, run.started)
        body = wire.ExperimentRunUpdate(
            # Servers reset a status that is not sent to RUNNING, and a state to LIVE.
            status=status,
            state=given(run.state),
            end_time_since_epoch=given(None if ended is None else tracked.milliseconds(ended)),
        )
        answer = self._connection.call(wire.ExperimentRun, update_experiment_run.sync_detailed, run.id, body=body)
        return tracked.run_record(answer, self._connection.endpoint.url)

    def log_metric(self, run: RunRecord, metric: Metric) -> None:
        """Make ``metric`` the last of its name, and an entry of the history of ``run``."""
        body = wire.Metric(
            name=checked_name("metric", metric.name, room=room_below(run.id) - _METRIC_SUFFIX),
            value=tracked.checked_value(metric.name, metric.value),
            # All of it each time: what is not sent stays as the last entry has it.
            step=tracked.checked_step(metric.name, metric.step),
            timestamp=tracked.milliseconds(metric.time or datetime.now(UTC)),
            state="LIVE",
        )
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._log(wire.Metric, run, body)
            except AlreadyExists:
                # Entries of a history are named by their millisecond, and this one had an entry already.
                if attempt == _ATTEMPTS:
                    raise

    def log_parameter(self, run: RunRecord, name: str, value: object) -> None:
        """Make ``value`` the parameter ``name`` of ``run``."""
        text, kind = tracked.parameter_text(name, value)
        checked_name("parameter", name, room=room_below(run.id))
        body = wire.Parameter(name=name, value=text, parameter_type=kind, state="LIVE")
        self._log(wire.Parameter, run, body)

    def log_dataset(self, run: RunRecord, dataset: Dataset) -> None:
        """Record that ``run`` reads ``dataset``.

        Raises:
            AlreadyExists: the run has a dataset of this name.
        """
        body = wire.DataSet(
            name=checked_name("dataset", dataset.name, room=room_below(run.id)),
            uri=given(dataset.uri),
            digest=given(dataset.digest),
            source=given(dataset.source),
            source_type=given(dataset.source_type),
            schema=given(dataset.schema),
            profile=given(dataset.profile),
            state="LIVE",
        )
        self._log(wire.DataSet, run, body)

    def metrics(self, run: RunRecord) -> Iterator[Metric]:
        """Yield the last of each metric of ``run``, in the order in which they were logged first."""
        return map(tracked.metric, self._artifacts(run, wire.Metric, "metric"))

    def parameters(self, run: RunRecord) -> Iterator[Parameter]:
        """Yield the parameters of ``run``."""
        return map(tracked.parameter, self._artifacts(run, wire.Parameter, "parameter"))

    def datasets(self, run: RunRecord) -> Iterator[Dataset]:
        """Yield the datasets of ``run``."""
        return map(tracked.dataset, self._artifacts(run, wire.DataSet, "dataset-artifact"))

    def metric_history(self, run: RunRecord, name: str) -> Iterator[Metric]:
        """Yield each value that was logged to ``run`` under ``name``, in the order in which they were."""
        if not name:
            raise UsageError("The history of which metric? Servers take an empty name for all: give a name.")
        entries = walk(
            self._connection, wire.MetricList, get_experiment_run_metric_history.sync_detailed, run.id, name=name
        )
        # Servers match by a pattern: with 'loss' also 'loss__train' is found, and with 'a_b' 'a-b'.
        return (tracked.metric(each) for each in entries if each.name == name)

    def _log(self, kind: type[ArtifactT], run: RunRecord, body: ArtifactT) -> None:
        self._connection.call(kind, upsert_experiment_run_artifact.sync_detailed, run.id, repeatable=False, body=body)

    def _experiments(self) -> Iterator[wire.Experiment]:
        return walk(self._connection, wire.ExperimentList, get_experiments.sync_detailed)

    def _runs(self, experiment: Experiment) -> Iterator[wire.ExperimentRun]:
        return walk(
            self._connection, wire.ExperimentRunList, get_experiment_experiment_runs.sync_detailed, experiment.id
        )

    def _artifacts(self, run: RunRecord, kind: type[ArtifactT], artifact_type: str) -> Iterator[ArtifactT]:
        artifacts = walk(
            self._connection,
            wire.ArtifactList,
            get_experiment_run_artifacts.sync_detailed,
            run.id,
            artifact_type=artifact_type,
        )
        # Early servers with experiments ignore artifactType here.
        return (artifact for artifact in artifacts if isinstance(artifact, kind))


def _offered(name: str, page: Page[Any], *, nothing: str) -> str:
    named = [(each.name or "", each.state or None) for each in page.items]
    return offered(name, named, more=page.more, nothing=nothing)
