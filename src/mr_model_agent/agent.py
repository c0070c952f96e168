"""Who does what for which model, and when? Steps in order for each model, several models at once."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field, replace

from mr_client.errors import MRClientError
from mr_client.logs import step
from mr_client.reports.resolution import error_line
from mr_client.storage.copy.stop import Stop
from mr_client.storage.locate import shown
from mr_model_agent.bringing import fault
from mr_model_agent.intents import Action, Standing, next_action, wait_before
from mr_model_agent.metrics import Metrics
from mr_model_agent.models_json import ModelSpec, Reading
from mr_model_agent.server_calls import ServerAbsent, ServerSlow
from mr_model_agent.steps import Steps

__all__ = ["Agent"]

logger = logging.getLogger(__name__)

_LONGEST = 60.0
"""Seconds between two tries, at most."""
_LONGEST_ABSENT = 2.0
"""Likewise while the server is not up: it costs little to ask, and a model waits for it."""


@dataclass(slots=True)
class _Model:
    """What is known of a model, and of the steps for it. Touched under the agent's lock only."""

    wanted: ModelSpec | None
    standing: Standing
    due: float = 0.0
    """When the next step may be done."""
    failures: int = 0
    busy: bool = False
    answers: bool = False
    """Whether the server, asked for this model, has said that it is ready."""
    stop: Stop = field(default_factory=Stop)
    """Ends the fetching of files that nobody wants any more."""


class Agent:
    """Brings, loads, unloads and deletes models until they are as ``models.json`` says. Start it, and hand it readings.

    Args:
        steps: does what is to be done, in the folder and with the server.
        metrics: told of all that happens.
        parallel: models that are fetched at once; as many others are loaded, unloaded or deleted meanwhile.
        longest: seconds between two tries, at most.
    """

    def __init__(self, steps: Steps, metrics: Metrics, *, parallel: int = 2, longest: float = _LONGEST) -> None:
        self._steps = steps
        self._folder = steps.folder
        self._server = steps.server
        self._metrics = metrics
        self._longest = longest
        self._open: dict[str, Action] = {}
        """What is to be done next, for each model of which something is: of a thousand, few."""
        self._changed = threading.Condition()
        self._stopped = False
        self._first: set[str] | None = None
        """Models of the first set that are not settled yet; None before there is one."""
        self._models = {name: _Model(None, standing) for name, standing in steps.left().items()}
        self._threads = [
            # Neither keeps the other waiting: a server and a store are not asked by the same threads.
            threading.Thread(target=self._work, args=(fetches,), name=f"mr-agent-{number}", daemon=True)
            for number in range(parallel)
            for fetches in (True, False)
        ]

    def start(self) -> None:
        """Begin to work, in threads that end with the process or with ``stop``."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the steps that are being done, and no other; what is being fetched is left for the next run."""
        with self._changed:
            self._stopped = True
            for model in self._models.values():
                model.stop.say()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    @property
    def ready(self) -> bool:
        """Whether every model of the first set is loaded, or has failed for a reason other than a server that is not up."""
        with self._changed:
            return self._first is not None and not self._first

    def want(self, reading: Reading) -> None:
        """Follow what ``models.json`` says: the models it names, and no others; what it says unclearly stays as it is."""
        wanted = {spec.name: spec for spec in reading.models}
        with self._changed:
            for name in wanted.keys() - self._models.keys():
                self._models[name] = _Model(None, Standing())
            for name, model in self._models.items():
                if name in reading.unclear:
                    if model.wanted is None and model.standing.there is not None:
                        model.wanted = ModelSpec(name, model.standing.there)
                    continue
                spec = wanted.get(name)
                if _uri(spec) != _uri(model.wanted):
                    model.due, model.failures = 0.0, 0
                    model.stop.say()
                model.wanted = spec
            for name, model in self._models.items():
                self._decide(name, model)
            if self._first is None:
                self._first = set(wanted)
            self._first &= wanted.keys()
            logger.info("%d models are wanted", len(wanted), extra=step("config", models=len(wanted)))
            self._changed.notify_all()

    def check(self) -> None:
        """Ask the server whether it still has what it loaded: where it began anew it has not, and is told again.

        A server that has never said that a model is ready does not know the question, or has not finished yet.
        """
        with self._changed:
            asked = [name for name, model in self._models.items() if not model.busy and _serves(model)]
        for name in asked:
            try:
                ready = self._server.ready(name)
            except (ServerAbsent, ServerSlow):
                return  # nor would it answer for the others
            with self._changed:
                model = self._models.get(name)
                if model is None or model.busy or not _serves(model):
                    continue  # it has become another meanwhile
                if model.answers and not ready:
                    logger.warning("%s: not loaded any more, so the server is told again", name)
                    model.standing = replace(model.standing, loaded="")  # or it is, and is not ready
                    self._decide(name, model)
                    self._changed.notify_all()
                model.answers = ready

    def tell(self) -> None:
        """Tell the metrics how it stands: when somebody asks, since with a thousand models it takes a while."""
        with self._changed:
            self._metrics.stands(
                [name for name, model in self._models.items() if model.wanted],
                loaded=sum(map(_serves, self._models.values())),
                failing={name: model.failures for name, model in self._models.items() if model.failures},
                ready=self._first is not None and not self._first,
            )

    def _work(self, fetches: bool) -> None:
        while (taken := self._next(fetches)) is not None:
            name, action, model = taken
            begun = time.monotonic()
            try:
                standing, answers = self._steps.do(action, name, model.wanted, model.standing, model.stop)
            except Exception as error:
                if action is Action.BRING and model.stop.is_said() and isinstance(error, MRClientError):
                    self._unwanted(name)
                else:
                    self._failed(name, model, action, error)
            else:
                self._metrics.did(action, time.monotonic() - begun)
                self._done(name, model, standing, answers)

    def _next(self, fetches: bool) -> tuple[str, Action, _Model] | None:
        """Wait for a step that is due, and take it; None when there is to be no other.

        Args:
            fetches: whether it is to be one that fetches files, or any other.
        """
        with self._changed:
            while not self._stopped:
                now, soonest = time.monotonic(), None
                if self._first is None:  # nobody has said yet what is wanted: nothing may go
                    self._changed.wait()
                    continue
                # Who has waited longest comes first, so that models that fail do not keep others from their turn.
                chosen = None
                for name, action in self._open.items():
                    model = self._models[name]
                    if model.busy or (action is Action.BRING) != fetches:
                        continue
                    if model.due > now:
                        soonest = model.due if soonest is None else min(soonest, model.due)
                    elif chosen is None or model.due < chosen[2].due:
                        chosen = name, action, model
                if chosen is not None:
                    name, action, model = chosen
                    model.busy, model.stop = True, Stop()
                    # What it is now: what is wanted may change meanwhile, and counts for the next step.
                    return name, action, replace(model)
                self._changed.wait(None if soonest is None else soonest - now)
            return None

    def _done(self, name: str, taken: _Model, standing: Standing, answers: bool) -> None:
        with self._changed:
            model = self._models[name]
            model.standing, model.answers, model.busy = standing, answers, False
            if _uri(model.wanted) == _uri(taken.wanted):
                model.failures, model.due = 0, 0.0
            if _serves(model):
                self._settle(name)
            self._decide(name, model)
            if model.wanted is None and standing == Standing():
                del self._models[name]
            self._changed.notify_all()

    def _failed(self, name: str, taken: _Model, action: Action, error: Exception) -> None:
        kind = fault(error)
        longest = min(self._longest, _LONGEST_ABSENT) if isinstance(error, ServerAbsent) else self._longest
        begun, there = self._folder.begun(name), self._folder.there(name)
        with self._changed:
            model = self._models[name]
            model.busy = False
            model.standing = replace(model.standing, begun=model.standing.begun or begun)
            if action is Action.BRING:
                model.standing = replace(model.standing, there=there)
            wait = 0.0
            if _uri(model.wanted) == _uri(taken.wanted):  # else the failure is of what nobody wants any more
                model.failures += 1
                wait = wait_before(model.failures, longest=longest)
                model.due = time.monotonic() + wait
            if kind != "server_absent":
                self._settle(name)
            self._decide(name, model)
            failures = model.failures
            self._changed.notify_all()
        self._metrics.failed(action, kind)
        # A server that starts is no news each second.
        if kind != "server_absent" or failures in (0, 1) or failures % 30 == 0:
            trace = None if isinstance(error, MRClientError) else error
            source = f" from {shown(taken.wanted.uri)}" if action is Action.BRING and taken.wanted else ""
            logger.error(
                "%s: cannot %s%s, tried again in %g s: %s",
                *(name, action.value, source, wait, error_line(error)),
                exc_info=trace,
                extra=step("failed", model=name, action=action.value, fault=kind, failures=failures, seconds=wait),
            )

    def _unwanted(self, name: str) -> None:
        """Go on after a fetch that was stopped: what it has brought is gone on with, or deleted, as is wanted now."""
        begun = self._folder.begun(name)
        logger.info("%s: not wanted any more, so fetching it is stopped", name, extra=step("stopped", model=name))
        with self._changed:
            model = self._models[name]
            model.busy = False
            model.standing = replace(model.standing, begun=model.standing.begun or begun)
            self._decide(name, model)
            self._changed.notify_all()

    def _decide(self, name: str, model: _Model) -> None:
        action = next_action(_uri(model.wanted), model.standing)
        if action is None:
            self._open.pop(name, None)
        else:
            self._open[name] = action

    def _settle(self, name: str) -> None:
        if self._first and name in self._first:
            self._first.discard(name)
            if not self._first:
                logger.info("ready: the first set of models is there", extra=step("ready"))


def _serves(model: _Model) -> bool:
    return model.wanted is not None and model.standing.loaded == model.wanted.uri


def _uri(spec: ModelSpec | None) -> str | None:
    return spec.uri if spec is not None else None
