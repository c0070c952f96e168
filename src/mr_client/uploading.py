"""From a folder to verified objects in a store: outgoing → locate → plan → send → compare."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mr_client.errors import AlreadyExists, FilesNotFound, InvalidURI, UsageError, VerificationFailed
from mr_client.storage.copy.carry import answered
from mr_client.storage.copy.pace import Pace
from mr_client.storage.copy.progress import NoProgress, Progress
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.digests.folder import digest_of_names
from mr_client.storage.locate import locate
from mr_client.storage.location import Location
from mr_client.storage.plan import plan_copy
from mr_client.storage.stored import Store, StoredFile
from mr_client.storage.upload.outgoing import UploadPlan, outgoing, plan_upload
from mr_client.storage.upload.send import send_files
from mr_client.storage.upload.writer import Writer
from mr_client.storage.upload.writers import key_in, key_of, open_writer
from mr_client.uri import is_model_uri

__all__ = ["Uploaded", "UploadedFile", "upload"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that was uploaded."""

    name: str
    """Relative to the folder, with slashes."""
    size: int
    """Bytes."""
    sha256: str
    """In hexadecimal."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What was uploaded where."""

    uri: str
    """Where it is, as it may be shown; what ``fetch`` brings it back from."""
    files: tuple[UploadedFile, ...]
    digest: str | None
    """The folder's, to be recorded with the model (``mr_client:digest``, docs/digests.md). None where other files are
    in that place: a download brings them as well, and nobody has read them."""
    others: tuple[str, ...]
    """Names of those files."""
    seconds: float

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(file.size for file in self.files)


def upload(
    folder: Path,
    uri: str,
    *,
    environ: Mapping[str, str],
    overwrite: bool = False,
    copy: CopySettings | None = None,
    progress: Progress = NoProgress(),
) -> Uploaded:
    """Write the files of ``folder`` below ``uri``, and check them.

    Args:
        folder: what is uploaded; one file will do.
        uri: a folder in a store: ``s3://``, ``gs://``, Azure's spellings, ``file://`` or an absolute path. Of one file
            alone it may be the name itself: ``s3://models/iris/model.joblib`` for ``model.joblib``.
        environ: environment variables, for credentials and, without ``copy``, for settings.
        overwrite: whether files of the same names are replaced. Nothing is removed.
        copy: how hard to work.
        progress: told of bytes as they are sent.

    Raises:
        AlreadyExists: something is in that place, and ``overwrite`` is not set; or somebody else has written one of
            the files meanwhile, and finished ones stay.
        UsageError: the folder holds what could not be brought back, or ``uri`` is not written to.
        FilesNotFound: no file is in ``folder``, or there is no such bucket.
        NotAllowed: the credentials do not allow it, or a link leads out of ``folder``.
        SourceChanged: a file changed while it was read.
        TransferError: the network or a disk failed; finished files stay.
        VerificationFailed: the store has something else than what was sent.
    """
    begun = time.monotonic()
    copy = copy or CopySettings.from_env(environ)
    if is_model_uri(uri):
        raise InvalidURI(
            f"Nothing is uploaded to {uri!r}, which is a name: upload to a store, such as s3://BUCKET/FOLDER, and register "
            "that uri."
        )
    location = locate(uri, environ)
    writer = open_writer(location, copy)
    plan = _planned(Path(folder), location, writer)
    pace = Pace(copy.wait, None, threading.Event().wait)
    there = answered(lambda: _listed(writer.store), pace=pace, attempts=copy.attempts)
    others = _others(plan, location, there, overwrite=overwrite)
    logger.info("planned %d files, %d bytes, from %s to %s", len(plan.files), plan.size, plan.source, plan.uri)
    replaces = {key_in(location, file.key) for file in there}
    digests = send_files(plan, writer, replaces=replaces, settings=copy, progress=progress)
    _compare(plan, answered(lambda: _listed(writer.store), pace=pace, attempts=copy.attempts))
    return Uploaded(
        uri=plan.uri,
        files=tuple(UploadedFile(file.name, file.size, digests[file.name]) for file, _ in plan.files),
        digest=None if others else digest_of_names(digests),
        others=others,
        seconds=time.monotonic() - begun,
    )


def _planned(folder: Path, location: Location, writer: Writer) -> UploadPlan:
    files = outgoing(folder)
    plan = plan_upload(folder, files, location.uri, key_of(location), folder=location.folder)
    for file, key in plan.files:
        if (fault := writer.fault(key)) is not None:
            raise UsageError(f"{str(file.path)!r} cannot be uploaded to {plan.uri!r}: it {fault}; rename it.")
        if location.protocol == "file" and _is_inside(Path(key), folder):
            raise UsageError(f"{plan.uri!r} is within {str(folder)!r}, which is uploaded: name another place.")
    return plan


def _is_inside(target: Path, folder: Path) -> bool:
    target, folder = target.resolve(), folder.resolve()
    return target == folder or target.is_relative_to(folder)


def _listed(store: Store) -> list[StoredFile]:
    try:
        return store.files()
    except FilesNotFound:
        return []  # a bucket that is not there is told of by the first file that is written to it


def _others(plan: UploadPlan, location: Location, there: Sequence[StoredFile], *, overwrite: bool) -> tuple[str, ...]:
    """Return the names of what stays beside the uploaded files.

    Raises:
        AlreadyExists: something is there that may not be replaced, or that would hide what is uploaded.
    """
    here = location.path.rstrip("/")
    itself = not location.folder and len(there) == 1 and there[0].key.rstrip("/") == here
    alone = _is_alone(plan, location)
    if there and not overwrite:
        what = (
            "it is a file"
            if itself
            else f"{len(there)} file{'' if len(there) == 1 else 's'}, such as {there[0].path!r}"
        )
        raise AlreadyExists(
            f"{plan.uri!r} is not empty ({what}): name another place, such as a new version's, or set overwrite=True."
        )
    if itself and not alone:
        raise AlreadyExists(
            f"{plan.uri!r} is a file itself, which a download would bring in place of the folder: remove it, or name another place."
        )
    if alone:
        return ()
    names = {file.name for file, _ in plan.files}
    others = [file for file in there if file.path not in names]
    # Refuses a file that is another one's folder: no download could bring both.
    plan_copy(plan.uri, [*others, *(StoredFile(key, file.name, file.size) for file, key in plan.files)], Path("/"))
    return tuple(file.path for file in others)


def _is_alone(plan: UploadPlan, location: Location) -> bool:
    """Return whether the URI is that of the one file itself."""
    return len(plan.files) == 1 and plan.files[0][1] == key_of(location)


def _compare(plan: UploadPlan, there: Sequence[StoredFile]) -> None:
    sizes = {file.path: file.size for file in there}
    wrong = [file.name for file, _ in plan.files if sizes.get(file.name, -1) not in (file.size, None)]
    if wrong:
        raise VerificationFailed(
            f"{len(wrong)} of {len(plan.files)} files in {plan.uri!r} are not what was sent ({', '.join(map(repr, wrong[:5]))}): "
            "run again, with overwrite=True, when nobody else writes there."
        )
