"""How do a model's files come into a folder? As for the program in the pod: by ``mr_client.fetch``."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from mr_client.connections import Connections
from mr_client.errors import (
    MRClientError,
    NotAllowed,
    NotFound,
    RegistryError,
    TransferError,
    UsageError,
    VerificationFailed,
)
from mr_client.flow import fetch
from mr_client.receipt import Receipt
from mr_client.settings import Settings
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.copy.stop import Stop
from mr_client.storage.disk.files import writing
from mr_client.storage.wanted import Wanted
from mr_model_agent.server_calls import ServerAbsent, ServerRefused, ServerSlow

__all__ = ["FAULTS", "bring", "check_environment", "fault"]

logger = logging.getLogger(__name__)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FAULTS: tuple[tuple[type[MRClientError], str], ...] = (
    (ServerAbsent, "server_absent"),
    (ServerSlow, "server_slow"),
    (ServerRefused, "server_refused"),
    (NotFound, "not_found"),
    (NotAllowed, "not_allowed"),
    (VerificationFailed, "verification"),
    (RegistryError, "registry"),
    (TransferError, "transfer"),
    (UsageError, "usage"),
)
FAULTS = (*(name for _, name in _FAULTS), "disk_full", "unexpected")
"""What ``fault`` may return."""


def check_environment(environ: Mapping[str, str]) -> None:
    """Refuse variables that no copy could be made with, before the first one.

    Raises:
        InvalidSettings: a variable has a value that cannot be used.
    """
    Settings.from_env(environ)
    CopySettings.from_env(environ)
    Wanted.from_env(environ)


def bring(
    uri: str, folder: Path, *, environ: Mapping[str, str], connections: Connections, stop: Stop | None = None
) -> Receipt:
    """Bring the files of ``uri`` into ``folder``, and nothing else; go on with what an earlier try left there.

    For the arguments, and for what is raised, see ``mr_client.fetch``.
    """
    receipt = fetch(uri, folder, environ=environ, connections=connections, stop=stop)
    if _count(folder) != receipt.files:
        # Between two tries the source has become another: a newer version that the name means, or a folder that changed.
        logger.info("%s holds files that its source has no more: it is fetched anew", folder)
        with writing(folder):
            shutil.rmtree(folder)
        receipt = fetch(uri, folder, environ=environ, connections=connections, stop=stop)
    return receipt


def fault(error: Exception) -> str:
    """Return in a word what kind of error it is, for who counts them."""
    if isinstance(error, MRClientError) and isinstance(error, OSError) and error.errno in _FULL:
        return "disk_full"
    return next((name for kind, name in _FAULTS if isinstance(error, kind)), "unexpected")


def _count(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder))
