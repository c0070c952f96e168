"""What do the filesystems' errors mean?

fsspec's filesystems raise the builtins ``FileNotFoundError`` and ``PermissionError`` where they
can, and their libraries' own errors where they cannot. All of them end here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mr_client.errors import FilesNotFound, InvalidURI, MRClientError, NotAllowed, TransferError
from mr_client.storage.dialects.azure import azure_error
from mr_client.storage.network.discreet import discreet
from mr_client.storage.network.reasons import causes, refused, unreachable

if TYPE_CHECKING:
    from mr_client.storage.network.guarded import Refused

__all__ = ["code_of", "reason_is_hidden", "translated"]

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
def translated(uri: str, *, writing: bool = False) -> Iterator[None]:
    """Turn whatever a filesystem raises about ``uri`` into an error of our tree, and keep its requests out of logs.

    Args:
        uri: what is asked for, as it may be shown.
        writing: whether it is to be written, not read.
    """
    try:
        with discreet():
            yield
    except MRClientError:
        raise
    except Exception as error:
        if (meant := _meant(uri, error, writing)) is None:
            raise
        raise meant from error


def code_of(error: BaseException) -> str:
    """Return the code of S3's answer that an error is about; "" where S3 did not answer."""
    return _code(error)[0]


def reason_is_hidden(error: BaseException) -> bool:
    """Return whether a store refused with a bare status, as answers to HEAD do."""
    return _code(error)[0] in ("301", "400", "403")


def _meant(uri: str, error: Exception, writing: bool) -> MRClientError | None:
    if (never := _refused(error)) is not None:
        return NotAllowed(f"{uri!r} is not fetched: {never.reason}")
    if (meant := azure_error(uri, error)) is not None:
        return meant
    if (known := refused(*_code(error), shown=uri, writing=writing)) is not None:
        return known
    if isinstance(error, FileNotFoundError):
        check = "that the volume is mounted" if uri.startswith(("/", "file:")) else "the bucket"
        return FilesNotFound(f"Nothing is at {uri!r} ({_said(error)}): check {check} and the path.")
    if isinstance(error, PermissionError):
        may = "write" if writing else "list and read"
        return NotAllowed(
            f"Access to {uri!r} is denied ({_said(error)}): check the credentials, and that they may {may} there."
        )
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & _NO_CREDENTIALS:
        return NotAllowed(
            f"No credentials for {uri!r} ({_said(error)}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or awsAnonymousCredential=true for a public bucket."
        )
    if "ParamValidationError" in names:
        return InvalidURI(f"{uri!r} is refused as malformed ({_said(error)}): check the bucket's name.")
    if isinstance(error, OSError | TimeoutError) or names & {"BotoCoreError", "ClientError", "Hopeless"}:
        if (why := unreachable(error)) is not None:
            return TransferError(f"The store of {uri!r} cannot be reached ({why.what}): {why.then}.")
        return TransferError(
            f"The store of {uri!r} cannot be asked ({_said(error)}): check the endpoint and the network, then try again."
        )
    return None


def _code(error: BaseException) -> tuple[str, str | None]:
    """Return the code of S3's answer, and the region of the bucket if it says that; "" where S3 did not answer."""
    answers = [answer for each in causes(error) if isinstance(answer := getattr(each, "response", None), dict)]
    for answer in answers:
        said = answer.get("Error", {})
        headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        if code := said.get("Code"):
            return str(code), said.get("Region") or headers.get("x-amz-bucket-region")
    return "", None


def _refused(error: BaseException | None) -> Refused | None:
    """Return the refusal that other libraries' errors are wrapped around."""
    from mr_client.storage.network.guarded import Refused  # here, since it loads urllib3

    while error is not None and not isinstance(error, Refused):
        error = error.__cause__ or error.__context__
    return error


def _said(error: BaseException) -> str:
    """Return an error's own words on one line."""
    words = error.args[-1] if isinstance(error, OSError) and error.args else error
    return " ".join(str(words).split())[:300] or type(error).__name__
