"""How is a step for a model done, and how does the model stand after it?"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from mr_client.errors import MRClientError
from mr_client.logs import step
from mr_client.receipt import Receipt
from mr_client.storage.copy.stop import Stop
from mr_model_agent.folder import ModelFolder
from mr_model_agent.intents import Action, Standing
from mr_model_agent.metrics import Metrics
from mr_model_agent.models_json import ModelSpec
from mr_model_agent.server_calls import ModelServer, ServerAbsent, ServerSlow

__all__ = ["Steps"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Steps:
    """What steps are done with. Safe to share between threads that are at different models."""

    folder: ModelFolder
    """Where models are; prepared."""
    server: ModelServer
    """Who serves them."""
    bring: Callable[[str, Path, Stop], Receipt]
    """Fetches the files of a URI into a folder, see ``bringing.bring``."""
    metrics: Metrics

    def left(self) -> dict[str, Standing]:
        """Return how the models stand that an earlier run left, before the server is asked."""
        return {
            name: Standing(there=uri, loaded=self.folder.noted_loaded(name), asked=uri is None, begun=True)
            for name, uri in self.folder.models().items()
        }

    def do(
        self, action: Action, name: str, spec: ModelSpec | None, standing: Standing, stop: Stop
    ) -> tuple[Standing, bool]:
        """Do a step; return how the model stands after it, and whether the server says that it is ready.

        Args:
            action: the step.
            name: the model's.
            spec: what is wanted of it; None for one that is to go.
            standing: how it stands before.
            stop: ends the fetching of files.

        Raises:
            MRClientError: it could not be done, or ``stop`` said so.
        """
        match action:
            case Action.BRING:
                assert spec is not None
                self._bring(spec, stop)
                # Whatever is loaded is of other files now, even where an earlier run had loaded these.
                maybe = None if standing.asked and standing.loaded is None else ""
                return replace(standing, there=spec.uri, loaded=maybe, asked=True, begun=False), False
            case Action.ASK:
                noted = self.folder.noted_loaded(name)
                has = noted is not None and self.server.ready(name)
                # Without a yes it may be loaded all the same: it is unloaded before it goes.
                return replace(standing, asked=True, loaded=noted if has else ""), has
            case Action.LOAD:
                self.server.load(name)
                try:
                    self.folder.note_loaded(name, standing.there)
                except MRClientError as error:  # as on a full disk: no reason to load it again and again
                    logger.warning("%s: loaded, and will be loaded once more after a restart: %s", name, error)
                logger.info("%s: loaded", name, extra=step("loaded", model=name))
                with suppress(ServerAbsent, ServerSlow):
                    return replace(standing, loaded=standing.there), self.server.ready(name)
                return replace(standing, loaded=standing.there), False
            case Action.UNLOAD:
                self.server.unload(name)
                self.folder.note_loaded(name, None)
                logger.info("%s: unloaded", name, extra=step("unloaded", model=name))
                return replace(standing, loaded=None, asked=True), False
            case Action.DELETE:
                self.folder.delete(name)
                logger.info("%s: deleted", name, extra=step("deleted", model=name))
                return Standing(), False

    def _bring(self, spec: ModelSpec, stop: Stop) -> None:
        incoming = self.folder.incoming(spec)
        if self.folder.is_brought(spec):
            self.folder.put(spec, incoming)
            logger.info("%s: what was fetched before is in place", spec.name, extra=step("brought", model=spec.name))
            return
        receipt = self.bring(spec.uri, incoming, stop)
        self.metrics.fetched(receipt.fetched)
        stop.check(f"Bringing {spec.name!r}")
        self.folder.put(spec, incoming)
        numbers = {"files": receipt.files, "bytes": receipt.size, "fetched": receipt.fetched}
        logger.info(
            "%s: %d files, %d bytes (%d fetched) from %s are in place",
            *(spec.name, *numbers.values(), receipt.source),
            extra=step("brought", model=spec.name, **numbers),
        )
