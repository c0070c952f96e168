"""What do the filesystems' errors mean?

fsspec's filesystems raise the builtins ``FileNotFoundError`` and ``PermissionError`` where they
can, and their libraries' own errors where they cannot. All of them end here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mr_client.errors import FilesNotFound, InvalidURI, MRClientError, NotAllowed, TransferError
from mr_client.storage.azure_errors import azure_error

if TYPE_CHECKING:
    from mr_client.storage.guarded import Refused

__all__ = ["translated"]

_NO_CREDENTIALS = frozenset(
    {
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
        "NoAuthTokenError",
        "TokenRetrievalError",
        "SSOTokenLoadError",
        "UnauthorizedSSOTokenError",
        "LoginTokenLoadError",
    }
)
"""botocore's errors for credentials that are not there. By name, so that botocore is imported by s3fs alone."""


@contextmanager
def translated(uri: str) -> Iterator[None]:
    """Turn whatever a filesystem raises about ``uri`` into an error of our tree."""
    try:
        yield
    except MRClientError:
        raise
    except FileNotFoundError as error:
        raise FilesNotFound(f"Nothing is at {uri!r} ({_said(error)}): check the bucket and the path.") from error
    except PermissionError as error:
        raise NotAllowed(
            f"Access to {uri!r} is denied ({_said(error)}): check the credentials, and that they may list and read there."
        ) from error
    except Exception as error:
        if (refused := _refused(error)) is not None:
            raise NotAllowed(f"{uri!r} is not fetched: {refused.reason}") from error
        if (meant := azure_error(uri, error)) is not None:
            raise meant from error
        names = {kind.__name__ for kind in type(error).__mro__}
        if names & _NO_CREDENTIALS:
            raise NotAllowed(
                f"No credentials for {uri!r} ({_said(error)}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "or awsAnonymousCredential=true for a public bucket."
            ) from error
        if "ParamValidationError" in names:
            raise InvalidURI(f"{uri!r} is refused as malformed ({_said(error)}): check the bucket's name.") from error
        if isinstance(error, OSError | TimeoutError) or "BotoCoreError" in names or "ClientError" in names:
            raise TransferError(
                f"The store of {uri!r} cannot be asked ({_said(error)}): check the endpoint and the network, then try again."
            ) from error
        raise


def _refused(error: BaseException | None) -> Refused | None:
    """Return the refusal that other libraries' errors are wrapped around."""
    from mr_client.storage.guarded import Refused  # here, since it loads urllib3

    while error is not None and not isinstance(error, Refused):
        error = error.__cause__ or error.__context__
    return error


def _said(error: BaseException) -> str:
    """Return an error's own words on one line."""
    words = error.args[-1] if isinstance(error, OSError) and error.args else error
    return " ".join(str(words).split())[:300] or type(error).__name__
