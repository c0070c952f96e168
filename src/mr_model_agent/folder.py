"""What is in the folder of models, and how does a model get into it, and out of it, whole?

.. code-block:: text

    MODEL_DIR/NAME/                   a model's files, all of them or none
    MODEL_DIR/NAME/SUCCESS.<sha256>   what they are: its modelSpec, in JSON
    MODEL_DIR/.mr-agent/incoming/NAME/<sha256 of the URI>/   files that are being fetched
    MODEL_DIR/.mr-agent/outgoing/     what is being deleted
    MODEL_DIR/.mr-agent/lock          locked by the agent that is at work here
    MODEL_DIR/.mr-agent/loaded/NAME   the sum of the URI that the server has loaded

``SUCCESS.*`` is the Go agent's (kserve/kserve, ``pkg/agent/downloader.go``): either agent goes on with what
the other has brought. It lies in the folder, so that both get their place by one rename.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mr_client.errors import TransferError
from mr_client.storage.disk.files import check_destination, make_folder, sync_folder, writing
from mr_client.storage.disk.locks import waited
from mr_model_agent.models_json import ModelSpec, is_name

__all__ = ["ModelFolder"]

logger = logging.getLogger(__name__)

_OURS = ".mr-agent"
_MARKER = re.compile(r"SUCCESS\.[0-9a-f]{64}")
_LONGEST = 1 << 20
"""Bytes of a marker that are read: one that a person or a store has put there might be anything."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The folder that the server reads models from. Safe to share between threads that are at different models."""

    path: Path

    @contextmanager
    def occupied(self, *, patience: float) -> Iterator[None]:
        """Have the folder to oneself meanwhile; made if it is not there.

        Two agents would delete what the other is fetching. The kernel lets go of the lock when a process ends, so an
        agent that is started while the former one still ends does not fail: it waits.

        Args:
            patience: seconds to wait for another agent.

        Raises:
            UsageError, NotAllowed, TransferError: it cannot be written, or another agent is at work in it.
        """
        check_destination(self.path)
        make_folder(self.path / _OURS)

        def waiting() -> None:
            logger.warning("another agent is at work in %s: waiting for it to end", self.path)

        lock = waited(self._own("lock"), alone=True, patience=patience, waiting=waiting)
        try:
            if not lock.real:
                logger.warning("%s knows no locks: nothing keeps another agent from working there, too", self.path)
            yield
        finally:
            lock.release()

    def prepare(self) -> None:
        """Make the folder, finish what an earlier run was about to put in place, and delete what it was about to delete.

        Raises:
            UsageError, NotAllowed, TransferError: it cannot be written.
        """
        check_destination(self.path)
        for name in ("incoming", "outgoing", "loaded"):
            make_folder(self._own(name))
        with writing(self.path):
            for begun in self._own("incoming").iterdir():
                for incoming in list(begun.iterdir()):
                    if _is_whole(incoming) and not os.path.lexists(self.path / begun.name):
                        incoming.rename(self.path / begun.name)
                with suppress(OSError):  # there are others
                    begun.rmdir()
        self._clear(self._own("outgoing"))

    def models(self) -> dict[str, str | None]:
        """Return the names of models that this program, or the Go agent, has been at, with ``there``."""
        with writing(self.path):
            begun = [path.name for path in self._own("incoming").iterdir()]
            names = [path.name for path in self.path.iterdir() if is_name(path.name)]
        found = {name: self.there(name) for name in sorted({*names, *begun})}
        return {name: uri for name, uri in found.items() if uri is not None or name in begun}

    def there(self, name: str) -> str | None:
        """Return the URI whose files are in a model's folder, whole; None where that is not known."""
        said = dict(_markers(self.path / name))
        ours = [uri for marker, uri in said.items() if marker == _marker(uri)]
        uris = set(ours or said.values())
        if len(uris) > 1:
            logger.warning("%s has SUCCESS files that differ: it is fetched anew", self.path / name)
        return uris.pop() if len(uris) == 1 else None

    def begun(self, name: str) -> bool:
        """Return whether files of a model were begun to be fetched, or may have been."""
        try:
            return (self._own("incoming") / name).is_dir()
        except OSError:
            return True

    def incoming(self, spec: ModelSpec) -> Path:
        """Return where to fetch a model's files to: with those of an earlier try, and of no other URI.

        Raises:
            NotAllowed, TransferError: what is not wanted any more cannot be deleted.
        """
        wanted = self._own("incoming") / spec.name / _sum(spec.uri)
        if wanted.parent.is_dir():
            for other in wanted.parent.iterdir():
                if other != wanted:
                    self._discard(other)
        return wanted

    def is_brought(self, spec: ModelSpec) -> bool:
        """Return whether a model's files have all been fetched, and an earlier try did not get to put them in place."""
        return _is_whole(self._own("incoming") / spec.name / _sum(spec.uri))

    def put(self, spec: ModelSpec, incoming: Path) -> None:
        """Give the files in ``incoming`` the model's place, in which there may be others.

        Raises:
            NotAllowed, TransferError: the place is taken by something that is no folder, or cannot be written.
        """
        place = self.path / spec.name
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            raise TransferError(f"{str(place)!r} is no folder, so the model cannot get its place: remove it.")
        marker = incoming / _marker(spec.uri)
        said = {"storageUri": spec.uri, "framework": spec.framework, "memory": spec.memory}
        with writing(marker):
            marker.write_text(json.dumps(said), encoding="utf-8")
            marker.chmod(0o640)  # the URI may hold a signature
        self.note_loaded(spec.name, None)
        self._aside(place)
        with writing(place):
            incoming.rename(place)
        sync_folder(self.path)
        with writing(incoming.parent):
            shutil.rmtree(incoming.parent, ignore_errors=True)
        self._clear_aside(place)

    def delete(self, name: str) -> None:
        """Delete all there is of a model: out of sight at once, then file by file.

        Raises:
            NotAllowed, TransferError: it cannot be deleted; what is left is not taken for a model.
        """
        self.note_loaded(name, None)
        for path in (self.path / name, self._own("incoming") / name):
            self._discard(path)

    def noted_loaded(self, name: str) -> str | None:
        """Return ``there`` if the server is known to have loaded it, else None."""
        try:
            noted = (self._own("loaded") / name).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None
        uri = self.there(name)
        return uri if uri is not None and noted == _sum(uri) else None

    def note_loaded(self, name: str, uri: str | None) -> None:
        """Note for the next run what the server has loaded.

        Raises:
            NotAllowed, TransferError: it cannot be written.
        """
        note = self._own("loaded") / name
        with writing(note):
            if uri is None:
                note.unlink(missing_ok=True)
            else:
                note.write_text(_sum(uri), encoding="utf-8")

    def _own(self, name: str) -> Path:
        return self.path / _OURS / name

    def _discard(self, path: Path) -> None:
        self._aside(path)
        self._clear_aside(path)

    def _aside(self, path: Path) -> None:
        """Take something out of sight, if it is there."""
        with writing(path), suppress(FileNotFoundError):
            path.rename(self._own("outgoing") / f"{path.name}-{os.urandom(4).hex()}")

    def _clear_aside(self, path: Path) -> None:
        """Delete what was taken out of sight, also by an earlier try that could not delete it."""
        ours = re.compile(rf"{re.escape(path.name)}-[0-9a-f]{{8}}")
        with writing(path):
            for each in self._own("outgoing").iterdir():
                if ours.fullmatch(each.name):
                    self._clear(each)

    def _clear(self, path: Path) -> None:
        with writing(path):
            if path == self._own("outgoing"):
                for each in path.iterdir():
                    self._clear(each)
            elif path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _markers(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each SUCCESS file, and the URI in it."""
    with suppress(OSError):
        for path in folder.iterdir():
            if not _MARKER.fullmatch(path.name):
                continue
            try:
                with path.open("rb") as file:
                    uri = json.loads(file.read(_LONGEST))["storageUri"]
            except (OSError, ValueError, TypeError, KeyError, RecursionError):
                logger.warning("%s cannot be read: the model is fetched anew", path)
                continue
            if isinstance(uri, str):
                yield path.name, uri


def _is_whole(incoming: Path) -> bool:
    """Return whether what was fetched has its mark, which it is given last of all."""
    return any(_sum(uri) == incoming.name and marker == _marker(uri) for marker, uri in _markers(incoming))


def _marker(uri: str) -> str:
    return f"SUCCESS.{_sum(uri)}"


def _sum(uri: str) -> str:
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).hexdigest()
