"""What is kept of an experiment, as plain values that nobody changes?

Times are aware datetimes in UTC, or None where the registry has none. What a registry leaves out is None.
"""

from __future__ import annotations

import json
import math
import numbers
import operator
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, SupportsFloat, SupportsIndex

from mr_client.errors import UsageError
from mr_client.properties import PropertyValue
from mr_client.registry.fields import id_of, properties_of
from mr_rest import models as wire

__all__ = [
    "Dataset",
    "Experiment",
    "Metric",
    "Parameter",
    "RunRecord",
    "checked_step",
    "checked_value",
    "dataset",
    "experiment",
    "metric",
    "milliseconds",
    "parameter",
    "parameter_text",
    "run_record",
    "when",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment: what its runs have in common."""

    id: str
    name: str
    state: str | None = None
    """``LIVE`` or ``ARCHIVED``."""
    owner: str | None = None
    description: str | None = None
    properties: Mapping[str, PropertyValue] = field(default_factory=dict, hash=False)
    created: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run, as the registry answered last."""

    id: str
    experiment_id: str
    name: str
    status: str | None = None
    """``RUNNING``, ``SCHEDULED``, ``FINISHED``, ``FAILED`` or ``KILLED``."""
    state: str | None = None
    """``LIVE`` or ``ARCHIVED``."""
    owner: str | None = None
    description: str | None = None
    properties: Mapping[str, PropertyValue] = field(default_factory=dict, hash=False)
    started: datetime | None = None
    ended: datetime | None = None
    created: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that a run measured: the last, or one of its history."""

    name: str
    value: float
    step: int = 0
    time: datetime | None = None
    """When it was measured."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a run was given."""

    name: str
    value: PropertyValue | None = field(hash=False)
    """As it was logged: a text, a number, a truth value, a list, a dict, or None."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Which data a run has read."""

    name: str
    uri: str | None = None
    digest: str | None = None
    source: str | None = None
    source_type: str | None = None
    schema: str | None = None
    profile: str | None = None


def experiment(answer: wire.Experiment, url: str) -> Experiment:
    """Return the value of what the registry at ``url`` answered."""
    return Experiment(
        id=id_of(answer, url),
        name=answer.name,
        state=answer.state or None,
        owner=answer.owner or None,
        description=answer.description or None,
        properties=properties_of(answer),
        created=when(answer.create_time_since_epoch),
        updated=when(answer.last_update_time_since_epoch),
    )


def run_record(answer: wire.ExperimentRun, url: str) -> RunRecord:
    """Return the value of what the registry at ``url`` answered."""
    return RunRecord(
        id=id_of(answer, url),
        experiment_id=answer.experiment_id,
        name=answer.name or "",
        status=answer.status or None,
        state=answer.state or None,
        owner=answer.owner or None,
        description=answer.description or None,
        properties=properties_of(answer),
        started=when(answer.start_time_since_epoch),
        ended=when(answer.end_time_since_epoch),
        created=when(answer.create_time_since_epoch),
        updated=when(answer.last_update_time_since_epoch),
    )


def metric(answer: wire.Metric) -> Metric:
    """Return the value of an answer; one that came without a number has NaN."""
    # An answer's class is what the generator says, its fields are what the server sent.
    value: Any = answer.value
    step: Any = answer.step
    return Metric(
        name=answer.name or "",
        value=float(value) if isinstance(value, int | float) else math.nan,
        step=step if isinstance(step, int) else 0,
        time=when(answer.timestamp) or when(answer.create_time_since_epoch),
    )


def parameter(answer: wire.Parameter) -> Parameter:
    """Return the value of an answer. A text that does not read as its type says stays a text."""
    text: Any = answer.value
    value: PropertyValue | None = text if isinstance(text, str) else None
    if isinstance(text, str) and answer.parameter_type in ("number", "boolean", "object"):
        with suppress(ValueError, RecursionError):
            value = json.loads(text, parse_constant=_refused)
    return Parameter(answer.name or "", value)


def dataset(answer: wire.DataSet) -> Dataset:
    """Return the value of an answer."""
    return Dataset(
        name=answer.name or "",
        uri=answer.uri or None,
        digest=answer.digest or None,
        source=answer.source or None,
        source_type=answer.source_type or None,
        schema=answer.schema or None,
        profile=answer.profile or None,
    )


def checked_value(name: str, value: SupportsFloat) -> float:
    """Return the number of a metric; numpy's and others' are taken as well.

    Raises:
        UsageError: it is none, or one that JSON cannot hold (NaN, infinity).
    """
    try:
        number = math.nan if isinstance(value, str | bytes | bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(
            f"Metric {name!r} is {type(value).__name__} {value!r}, and the registry keeps finite numbers only: "
            "leave it out, or log what it means as a parameter."
        )
    return number


def checked_step(name: str, step: SupportsIndex) -> int:
    """Return the step of a metric.

    Raises:
        UsageError: it is no whole number of 64 bits.
    """
    number: int | None = None
    with suppress(TypeError):
        number = operator.index(step)
    if number is None or number not in _INT64:
        raise UsageError(f"The step {step!r} of metric {name!r} is no whole number of 64 bits: count with integers.")
    return number


def parameter_text(name: str, value: object) -> tuple[str, str]:
    """Return a parameter as it is sent: its text, and of which type it is.

    Raises:
        UsageError: JSON cannot hold it.
    """
    if isinstance(value, str):
        return value, "string"
    if not isinstance(value, int | float) and isinstance(value, numbers.Real):  # numpy's numbers
        value = int(value) if isinstance(value, numbers.Integral) else float(value)
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(
            f"Parameter {name!r} is {type(value).__name__} {value!r}, which JSON cannot hold: "
            "give a text, a finite number, a truth value, None, or a list or dict of these."
        ) from error
    if isinstance(value, bool):
        return text, "boolean"
    return text, "number" if isinstance(value, int | float) else "object"


def when(milliseconds: object) -> datetime | None:
    """Return the time that a registry writes as milliseconds since 1970, or None for what is none."""
    try:
        return _EPOCH + timedelta(milliseconds=int(str(milliseconds)))
    except (ValueError, OverflowError):
        return None


def milliseconds(moment: datetime) -> str:
    """Return an aware time as a registry writes it."""
    return str((moment - _EPOCH) // timedelta(milliseconds=1))


def _refused(constant: str) -> None:
    raise ValueError(constant)
