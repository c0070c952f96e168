"""What is a run of an experiment, to whoever logs to it or reads what was logged?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Self, SupportsFloat, SupportsIndex

from mr_client.errors import MRClientError, UsageError
from mr_client.inputs import checked_name
from mr_client.properties import PropertyValue
from mr_client.registry import Dataset, Experiment, Metric, Parameter, RegistryAPI, RunRecord
from mr_client.registry.tracked import checked_step, checked_value, parameter_text
from mr_client.sdk.display import html_of
from mr_client.sdk.listing import Listing, Named

__all__ = ["Run"]

Ended = Literal["FINISHED", "FAILED", "KILLED"]


class Run:
    """A run of an experiment.

    As a context manager it ends with its block: ``FINISHED``, ``FAILED`` where an exception leaves it,
    ``KILLED`` where that is an interrupt; the exception goes on. Each value that is logged is one call.
    Safe to share between threads. Made by ``Registry.run`` and ``Registry.runs``.
    """

    def __init__(self, api: RegistryAPI, experiment: Experiment, record: RunRecord) -> None:
        self._api = api
        self._experiment = experiment
        self._record = record

    def __repr__(self) -> str:
        return f"Run({self._experiment.name!r}, {self.name!r}, {self.status})"

    def _repr_html_(self) -> str:
        return html_of(RunRecord, self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status != "RUNNING":
            return  # the block has said how it ended
        if error is None:
            self.end()
            return
        status: Ended = "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
        try:
            self.end(status)
        except MRClientError as second:
            error.add_note(f"The run {self.name!r} stays RUNNING, since it could not be marked {status}: {second}")

    @property
    def experiment(self) -> Experiment:
        """What it is a run of."""
        return self._experiment

    @property
    def id(self) -> str:
        """Id in the registry."""
        return self._record.id

    @property
    def name(self) -> str:
        """Name, of which the experiment has one."""
        return self._record.name

    @property
    def status(self) -> str | None:
        """``RUNNING``, ``SCHEDULED``, ``FINISHED``, ``FAILED`` or ``KILLED``, as it was read or set last."""
        return self._record.status

    @property
    def state(self) -> str | None:
        """``LIVE`` or ``ARCHIVED``."""
        return self._record.state

    @property
    def owner(self) -> str | None:
        """Whose it is."""
        return self._record.owner

    @property
    def description(self) -> str | None:
        """What was said of it."""
        return self._record.description

    @property
    def properties(self) -> Mapping[str, PropertyValue]:
        """Custom properties, as plain values."""
        return self._record.properties

    @property
    def started(self) -> datetime | None:
        """When it started, aware."""
        return self._record.started

    @property
    def ended(self) -> datetime | None:
        """When it ended, aware."""
        return self._record.ended

    def log(
        self, metrics: Mapping[str, SupportsFloat], *, step: SupportsIndex = 0, time: datetime | None = None
    ) -> None:
        """Log several metrics, each with one call: the registry takes no more at once.

        All are looked at before the first is sent. Where a call fails, those before it have been logged.

        Args:
            metrics: a finite number for each name.
            step: of all of them.
            time: when they were measured, aware; now, where it is not given.

        Raises:
            UsageError: one is no finite number, or its name is none; nothing was sent.
            NotAllowed, RegistryError: the registry refuses, or fails.
        """
        if time is not None and time.tzinfo is None:
            raise UsageError(f"The time {time} has no time zone: give an aware one, such as datetime.now(UTC).")
        moment = datetime.now(UTC) if time is None else time
        measured = [
            Metric(checked_name("metric", name), checked_value(name, value), checked_step(name, step), moment)
            for name, value in metrics.items()
        ]
        for metric in measured:
            self._api.log_metric(self._record, metric)

    def log_metric(
        self, name: str, value: SupportsFloat, *, step: SupportsIndex = 0, time: datetime | None = None
    ) -> None:
        """Log one metric; see ``log``. ``metrics`` has the last of a name, ``metric_history`` all."""
        self.log({name: value}, step=step, time=time)

    def log_parameters(self, parameters: Mapping[str, PropertyValue | SupportsFloat | None]) -> None:
        """Log several parameters, each with one call. One that was logged before is replaced.

        Args:
            parameters: texts, finite numbers, truth values, None, and lists and dicts of these.

        Raises:
            UsageError: a value is none of these, or its name is none; nothing was sent.
            NotAllowed, RegistryError: the registry refuses, or fails.
        """
        for name, value in parameters.items():
            parameter_text(checked_name("parameter", name), value)
        for name, value in parameters.items():
            self._api.log_parameter(self._record, name, value)

    def log_parameter(self, name: str, value: PropertyValue | SupportsFloat | None) -> None:
        """Log one parameter; see ``log_parameters``."""
        self.log_parameters({name: value})

    def log_dataset(
        self,
        name: str,
        *,
        uri: str | None = None,
        digest: str | None = None,
        source: str | None = None,
        source_type: str | None = None,
        schema: str | None = None,
        profile: str | None = None,
    ) -> None:
        """Record which data the run reads.

        Args:
            name: of the data; the run must have none of this name.
            uri: where it is.
            digest: of its content.
            source: where it came from.
            source_type: what kind of place that is.
            schema: its columns, as a text.
            profile: its statistics, as a text.

        Raises:
            AlreadyExists: the run has a dataset of this name.
        """
        self._api.log_dataset(self._record, Dataset(name, uri, digest, source, source_type, schema, profile))

    def end(self, status: Ended = "FINISHED") -> None:
        """Say that the run has ended, now."""
        if status not in ("FINISHED", "FAILED", "KILLED"):
            raise UsageError(f"A run does not end as {status!r}: give FINISHED, FAILED or KILLED.")
        self._record = self._api.update_run(self._record, status=status, ended=datetime.now(UTC))

    def refresh(self) -> Self:
        """Read status, state and properties again, and return the run."""
        self._record = self._api.run_by_id(self.id)
        return self

    def metrics(self) -> Named[Metric]:
        """Return the last of each metric, by name."""
        return self._named(self._api.metrics(self._record), Metric, "metrics")

    def metric_history(self, name: str) -> Listing[Metric]:
        """List each value of a metric, in the order in which they were logged; none for a name never logged."""
        title = f"{name!r} of run {self.name!r}"
        if not name:
            raise UsageError("The history of which metric? Give its name.")
        return Listing(lambda: self._api.metric_history(self._record, name), Metric, title)

    def parameters(self) -> Named[Parameter]:
        """Return the parameters, by name."""
        return self._named(self._api.parameters(self._record), Parameter, "parameters")

    def datasets(self) -> Named[Dataset]:
        """Return the datasets, by name."""
        return self._named(self._api.datasets(self._record), Dataset, "datasets")

    def _named(self, items: Any, kind: type, word: str) -> Named[Any]:
        return Named({each.name: each for each in items}, kind, f"{word} of run {self.name!r}")
