"""What can go wrong, as a tree.

.. code-block:: text

    MRClientError                       exit code of the programs
    ├── UsageError (ValueError)                     2   the call cannot mean anything
    │   ├── InvalidURI
    │   ├── InvalidSettings
    │   ├── MissingExtra (ImportError)
    │   └── NotSupported (NotImplementedError)          this registry cannot do it
    ├── NotFound (LookupError)                      3   what was named does not exist
    │   ├── ModelNotFound, VersionNotFound, ArtifactNotFound
    │   ├── ExperimentNotFound, RunNotFound
    │   └── FilesNotFound (FileNotFoundError)
    ├── NotAllowed (PermissionError)                4   credentials, permissions, trust
    │   └── CredentialsExpired                          they were good: a store is asked again with new ones first
    ├── TransferError (OSError)                     5   network, disk, a server's fault
    │   ├── RegistryError (ConnectionError)
    │   │   ├── RegistryBusy                            it may pass by itself: tried again first
    │   │   └── RegistryUnreachable                     nobody answers at its address
    │   ├── TransferInterrupted (ConnectionError)       it may pass by itself: tried again first
    │   │   └── StoreBusy                                   a store asks for patience
    │   └── SourceChanged                               what is copied became another: begun again first
    ├── VerificationFailed (ValueError)             6   the files are not what the source says
    ├── AlreadyExists (FileExistsError)             2   what was to be made is there
    └── Changed (RuntimeError)                      2   what was to be changed is not what was read

Every message is one sentence, or two, that say what, where and what to do next.
Each class also inherits the builtin that a caller would expect.
"""

from __future__ import annotations

__all__ = [
    "AlreadyExists",
    "ArtifactNotFound",
    "Changed",
    "CredentialsExpired",
    "ExperimentNotFound",
    "FilesNotFound",
    "InvalidSettings",
    "InvalidURI",
    "MRClientError",
    "MissingExtra",
    "ModelNotFound",
    "NotAllowed",
    "NotFound",
    "NotSupported",
    "RegistryBusy",
    "RegistryError",
    "RegistryUnreachable",
    "RunNotFound",
    "SourceChanged",
    "StoreBusy",
    "TransferError",
    "TransferInterrupted",
    "UsageError",
    "VerificationFailed",
    "VersionNotFound",
]


class MRClientError(Exception):
    """Base of all errors this project raises.

    Attributes:
        status: the HTTP status of the answer that it is about, None where there was none.
        url: the URL that was asked, without its query; None where none was.
    """

    exit_code = 1
    """What a program exits with when this error ends it."""

    def __init__(self, message: str = "", *, status: int | None = None, url: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.url = url


class _Busy(MRClientError):
    """A server asked for patience.

    Attributes:
        retry_after: seconds that it asked for, None where it did not say.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        url: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status=status, url=url)
        self.retry_after = retry_after


class UsageError(MRClientError, ValueError):
    """What was asked cannot mean anything; nothing was tried."""

    exit_code = 2


class InvalidURI(UsageError):
    """A URI does not follow its grammar."""


class InvalidSettings(UsageError):
    """A setting has a value that cannot be used."""


class MissingExtra(UsageError, ImportError):
    """This installation lacks the library for a storage protocol."""


class NotSupported(UsageError, NotImplementedError):
    """The registry that was asked cannot do this; a newer one can."""


class NotFound(MRClientError, LookupError):
    """What was named does not exist."""

    exit_code = 3


class ModelNotFound(NotFound):
    """The registry has no registered model of this name."""


class VersionNotFound(NotFound):
    """The registered model has no version of this name, or none that is LIVE."""


class ArtifactNotFound(NotFound):
    """The version has no model artifact that says where files are."""


class ExperimentNotFound(NotFound):
    """The registry has no experiment of this name."""


class RunNotFound(NotFound):
    """The experiment has no run of this name."""


class FilesNotFound(NotFound, FileNotFoundError):
    """The storage has no bucket, folder or object of this name."""


class NotAllowed(MRClientError, PermissionError):
    """Credentials are missing or wrong, or a rule of trust forbids the access."""

    exit_code = 4


class CredentialsExpired(NotAllowed):
    """A store says that credentials or a signature were good, and are no more."""


class TransferError(MRClientError, OSError):
    """The network, a server or the disk failed; the same call may succeed later."""

    exit_code = 5


class RegistryError(TransferError, ConnectionError):
    """The registry cannot be reached, or answered with something that is no answer."""


class RegistryBusy(_Busy, RegistryError):
    """The registry asked to be left alone for a while, or is not ready."""


class RegistryUnreachable(RegistryError):
    """No server answers at the registry's address."""


class TransferInterrupted(TransferError, ConnectionError):
    """A connection broke or stalled, or a server was busy; the copy tries again before it gives up."""


class StoreBusy(_Busy, TransferInterrupted):
    """A store asked to be left alone for a while."""


class SourceChanged(TransferError):
    """A file in the store is no longer the one that was listed; the copy begins it again before it gives up."""


class VerificationFailed(MRClientError, ValueError):
    """A file's size or digest differs from what its source says."""

    exit_code = 6


class AlreadyExists(MRClientError, FileExistsError):
    """What was to be made exists already."""

    exit_code = 2


class Changed(MRClientError, RuntimeError):
    """Somebody else has changed what was to be changed since it was read; nothing was written."""

    exit_code = 2
