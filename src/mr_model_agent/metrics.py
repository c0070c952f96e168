"""What does the agent count, for Prometheus?"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from mr_model_agent.bringing import FAULTS
from mr_model_agent.intents import Action

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0)


class Metrics:
    """Counters of one agent. Safe to share between threads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        here = self._registry
        self._steps = Histogram(
            "mr_agent_step_seconds",
            "Steps that succeeded, and the seconds they took",
            ["step"],
            buckets=_SECONDS,
            registry=here,
        )
        self._failures = Counter(
            "mr_agent_failures", "Steps that failed, to be tried again", ["step", "fault"], registry=here
        )
        self._config = Counter(
            "mr_agent_config_problems", "Readings of models.json with something wrong in it", registry=here
        )
        self._bytes = Counter("mr_agent_fetched_bytes", "Bytes that came from stores", registry=here)
        self._wanted = Gauge("mr_agent_models_wanted", "Models that models.json names", registry=here)
        self._loaded = Gauge(
            "mr_agent_models_loaded", "Models that the server has loaded as they are wanted", registry=here
        )
        self._failing = Gauge(
            "mr_agent_model_failing", "Failures of a model in a row; 0 where all is well", ["model"], registry=here
        )
        self._ready = Gauge("mr_agent_ready", "1 once the first set of models is there", registry=here)
        for action in Action:  # so that a rate has a beginning
            self._steps.labels(action.value)
            for fault in FAULTS:
                self._failures.labels(action.value, fault)

    def text(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self._registry)

    def did(self, action: Action, seconds: float) -> None:
        """Count a step that succeeded."""
        self._steps.labels(action.value).observe(seconds)

    def failed(self, action: Action, fault: str) -> None:
        """Count a step that failed."""
        self._failures.labels(action.value, fault).inc()

    def fetched(self, size: int) -> None:
        """Count bytes that came."""
        self._bytes.inc(size)

    def unclear(self) -> None:
        """Count a ``models.json`` with something wrong in it."""
        self._config.inc()

    def stands(self, wanted: Iterable[str], *, loaded: int, failing: dict[str, int], ready: bool) -> None:
        """Say how it stands.

        Args:
            wanted: names of the models that are wanted.
            loaded: how many of them are loaded.
            failing: how often in a row each has failed that does; also models that are to go.
            ready: whether the first set is there.
        """
        names = set(wanted)
        self._wanted.set(len(names))
        self._loaded.set(loaded)
        self._ready.set(ready)
        self._failing.clear()
        for name in names | failing.keys():
            self._failing.labels(name).set(failing.get(name, 0))
