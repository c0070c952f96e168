"""Why does a store not answer, or refuse, and what is to be done about it?

Pure: from what a store says (S3 API reference, Error responses), or from what a connection died
of, to words. Nothing that a server wrote is quoted: its answer to a wrong signature holds the key.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from mr_client.errors import FilesNotFound, MRClientError, NotAllowed

__all__ = ["Unreachable", "causes", "refused", "unreachable"]

_REGION = frozenset(
    {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "TemporaryRedirect"}
)
"""Where the bucket is elsewhere than the request was signed for, or sent to."""
_S3: dict[str, tuple[type[NotAllowed | FilesNotFound], str, str]] = {
    "InvalidAccessKeyId": (
        NotAllowed,
        "the store knows no such access key",
        "check AWS_ACCESS_KEY_ID, and that the endpoint is the store that gave it out",
    ),
    "SignatureDoesNotMatch": (
        NotAllowed,
        "the secret key is not the access key's",
        # Swift says so of an access key that it does not know, too.
        "check AWS_SECRET_ACCESS_KEY, also for a space or a line break that is not part of it, and AWS_ACCESS_KEY_ID",
    ),
    "AccessDenied": (
        NotAllowed,
        "the store knows who asks, and does not permit it",
        "check the credentials' policy and the bucket's: s3:ListBucket for the bucket, s3:GetObject for its objects",
    ),
    "ExpiredToken": (
        NotAllowed,
        "the credentials have expired",
        "renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN together",
    ),
    "InvalidToken": (
        NotAllowed,
        "the session token is not the access key's",
        "set AWS_SESSION_TOKEN to the token that came with AWS_ACCESS_KEY_ID, or unset it",
    ),
    "RequestTimeTooSkewed": (
        NotAllowed,
        "the clock of this machine and that of the store are more than 15 minutes apart",
        "set the node's clock (NTP)",
    ),
    "NoSuchBucket": (
        FilesNotFound,
        "the store has no such bucket",
        "check the bucket's name, and that the endpoint is the store that has it",
    ),
}
_MAY_WRITE = (
    "check the credentials' policy and the bucket's: s3:ListBucket for the bucket, s3:PutObject for its objects"
)
_S3["AllAccessDisabled"] = _S3["AccountProblem"] = _S3["InvalidPayer"] = _S3["AccessDenied"]
_S3["TokenRefreshRequired"] = _S3["ExpiredToken"]
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"})
"""What OpenSSL calls an answer that is none of TLS."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Why no answer came."""

    what: str
    then: str
    """What to do next."""
    passing: bool = True
    """Whether it may pass by itself."""


def refused(code: str, region: str | None = None, *, shown: str, writing: bool = False) -> MRClientError | None:
    """Return the error that a code of S3 means; None where the code does not say more than its status.

    Args:
        code: what the answer's XML has in ``Code``.
        region: where the bucket is, if the answer says so.
        shown: what was asked for, as it may be shown.
        writing: whether it was to be written, not read.
    """
    if code in _REGION:
        then = f"set AWS_DEFAULT_REGION to {region!r}" if region else "set AWS_DEFAULT_REGION to the bucket's region"
        return NotAllowed(
            f"Access to {shown!r} is denied ({code}: the bucket is in another region): {then}, and check the endpoint."
        )
    if code not in _S3:
        return None
    kind, what, then = _S3[code]
    if writing and _S3[code] is _S3["AccessDenied"]:
        then = _MAY_WRITE
    denied = f"Access to {shown!r} is denied" if kind is NotAllowed else f"Nothing is at {shown!r}"
    return kind(f"{denied} ({code}: {what}): {then}.")


def unreachable(error: BaseException) -> Unreachable | None:
    """Return what a connection died of, whichever library tells it; None where nothing is known."""
    found = list(causes(error))
    # Of the classes themselves: urllib3's error for every connection that fails is a kind of its error for a timeout.
    names = {type(each).__name__ for each in found}
    for each in found:
        # aiohttp's own error is a kind of this one, and knows nothing more than what it is wrapped around.
        if isinstance(each, ssl.SSLCertVerificationError) and (why := getattr(each, "verify_message", "")):
            return Unreachable(
                f"certificate verify failed: {why}",
                "where the certificate is the server's own, mount its authority as KServe's CA bundle, or name its file "
                "in AWS_CA_BUNDLE (S3) or SSL_CERT_FILE",
                passing=False,
            )
        if isinstance(each, ssl.SSLError) and getattr(each, "reason", "") in _NO_TLS:
            return Unreachable("it does not speak TLS there", "write http:// or correct the port", passing=False)
    if "CertificateError" in names:
        return Unreachable("its certificate is for another host", "use a name that it holds", passing=False)
    if names & {"ProxyError", "ProxyConnectionError"}:
        return Unreachable(
            "the proxy does not pass it on", "check the proxy in HTTP_PROXY and HTTPS_PROXY, and NO_PROXY"
        )
    if "gaierror" in names or "NameResolutionError" in names:
        return Unreachable("its name is not known", "check the host's spelling and the cluster's DNS")
    if "ConnectionRefusedError" in names:
        return Unreachable("connection refused", "check the port, and that the server runs")
    if names & {"ConnectTimeoutError", "ConnectionTimeoutError", "ConnectTimeout"}:
        return Unreachable(
            "no connection in time", "check the address, network policies, and whether a proxy is needed"
        )
    if names & {"ReadTimeoutError", "TimeoutError"}:
        return Unreachable("no answer in time", "check whether the server is overloaded")
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it is wrapped around, in the ways of urllib3, botocore and aiohttp."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, None if each.__suppress_context__ else each.__context__]
        waiting += [getattr(each, name, None) for name in ("reason", "os_error", "certificate_error")]
        waiting += list(getattr(each, "kwargs", None) or {}) and [each.kwargs.get("error")]  # type: ignore[attr-defined]
        waiting += each.args
