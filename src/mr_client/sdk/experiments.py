"""Experiments as a person in a notebook has them: start a run, find those there are."""

from __future__ import annotations

from collections.abc import Mapping

from mr_client.errors import AlreadyExists
from mr_client.inputs import checked_name, room_below
from mr_client.properties import PropertyValue, to_wire
from mr_client.registry import Experiment, RegistryAPI, RunRecord
from mr_client.sdk.listing import Listing
from mr_client.sdk.run import Run

__all__ = ["Tracking"]


class Tracking:
    """The part of a ``Registry`` that has experiments."""

    _api: RegistryAPI

    def run(
        self,
        experiment: str,
        name: str | None = None,
        *,
        properties: Mapping[str, PropertyValue] | None = None,
        description: str | None = None,
        owner: str | None = None,
        exist_ok: bool = False,
    ) -> Run:
        """Start a run of an experiment, and the experiment where it is new.

        Two calls where the experiment is there, three where it is not; a last one ends the run.

        Args:
            experiment: its name.
            name: of the run; without one the server makes one up.
            properties: kept with the run: texts, numbers, truth values, JSON lists and dicts.
            description: of the run.
            owner: of the run.
            exist_ok: go on with a run of this name where there is one; it stays as it was described.

        Raises:
            AlreadyExists: the experiment has a run of this name, and ``exist_ok`` is not given.
            UsageError: a name or a property is none that can be kept; nothing was sent.
        """
        to_wire(properties or {})
        checked_name("experiment", experiment, room=room_below(None))
        if name is not None:
            checked_name("run", name, room=room_below("1"))  # more as soon as the id of the experiment is known
        of = self._experiment(experiment)
        try:
            record = self._api.create_run(of, name, properties=properties, description=description, owner=owner)
        except AlreadyExists as error:
            if name is None:
                raise
            if not exist_ok:
                raise AlreadyExists(
                    f"Experiment {experiment!r} has a run {name!r} already: give another name, "
                    "or exist_ok=True to go on with it.",
                    status=error.status,
                    url=error.url,
                ) from error
            record = self._api.update_run(self._api.run(of, name), status="RUNNING")
        return Run(self._api, of, record)

    def find_run(self, experiment: str, name: str) -> Run:
        """Return a run that is there, to read or to log to; it does not start again.

        Raises:
            ExperimentNotFound, RunNotFound: there is none; the message offers the nearest names.
        """
        of = self._api.experiment(experiment)
        return Run(self._api, of, self._api.run(of, name))

    def runs(self, experiment: str) -> Listing[Run]:
        """List the runs of an experiment, fetching pages as needed.

        Raises:
            ExperimentNotFound: there is no such experiment.
        """
        of = self._api.experiment(experiment)
        return Listing(
            lambda: (Run(self._api, of, record) for record in self._api.runs(of)), RunRecord, f"runs of {of.name!r}"
        )

    def experiment(self, name: str) -> Experiment:
        """Return the experiment of exactly this name.

        Raises:
            ExperimentNotFound: there is none; the message offers the nearest names.
        """
        return self._api.experiment(name)

    def experiments(self) -> Listing[Experiment]:
        """List all experiments, fetching pages as needed."""
        return Listing(self._api.experiments, Experiment, "experiments")

    def _experiment(self, name: str) -> Experiment:
        found = self._api.find_experiment(name)
        if found is not None:
            return found
        try:
            return self._api.create_experiment(name)
        except AlreadyExists:
            found = self._api.find_experiment(name)  # somebody else has made it meanwhile
            if found is None:
                raise
            return found
