"""What do the errors of Azure's libraries mean?

By the names of classes and the error codes that the service sends, so that nothing is imported here. Their
messages are not repeated: they hold addresses with their signatures.
"""

from __future__ import annotations

from mr_client.errors import FilesNotFound, MRClientError, NotAllowed, TransferError

__all__ = ["azure_error", "may_not_write"]

_NOBODY = frozenset({"NoAuthenticationInformation", "PublicAccessNotPermitted"})
_UNKNOWN_NAME = ("Failed to resolve", "NameResolutionError", "Name or service not known", "getaddrinfo failed")
_UNTRUSTED = ("CERTIFICATE_VERIFY_FAILED", "certificate verify failed")
_STEPS = {
    "AuthenticationFailed": "check the key in AZURE_STORAGE_ACCESS_KEY, or the signature, its dates and this machine's clock",
    "InvalidAuthenticationInfo": "check the token and when it ends, and that AZURE_TENANT_ID is the account's",
    "AuthorizationPermissionMismatch": "give it the role Storage Blob Data Reader, or a signature that may read and list",
    "AuthorizationFailure": "check the key, or that the signature may read and list, and the account's firewall",
    "AuthorizationResourceTypeMismatch": "use a signature for the container and its blobs: srt=co, or sr=c",
    "AuthorizationServiceMismatch": "use a signature for blobs: ss=b",
    "AuthorizationProtocolMismatch": "use a signature for the scheme that the endpoint is asked over",
    "AuthorizationSourceIPMismatch": "use a signature that is good for this machine's address",
    "KeyBasedAuthenticationNotPermitted": "the account takes no keys, so give an identity: AZURE_CLIENT_ID and what goes with it",
}
"""What to do next, by error code (Blob service error codes, and Common REST API error codes)."""
_WRITING_STEPS = {
    **_STEPS,
    "AuthorizationPermissionMismatch": "give it the role Storage Blob Data Contributor, or a signature that may write and list",
    "AuthorizationFailure": "check the key, or that the signature may write and list, and the account's firewall",
}


def may_not_write(uri: str, said: str, status: int | None) -> NotAllowed:
    """Return the error that a refused upload to ``uri`` means; ``said`` is the status and the service's error code."""
    code = said.rpartition(" ")[2]
    if code in _NOBODY:
        return NotAllowed(
            f"{uri!r} is not written by anybody ({said}): set AZURE_STORAGE_ACCESS_KEY, or AZURE_CLIENT_ID and what "
            "goes with it, or add a signature to the uri.",
            status=status,
        )
    step = _WRITING_STEPS.get(code, "check the credentials, and that they may write there")
    return NotAllowed(f"Access to {uri!r} is denied ({said}): {step}.", status=status)


def azure_error(uri: str, error: BaseException) -> MRClientError | None:
    """Return what an error of Azure's libraries about ``uri`` means; None if it is none of theirs."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "AzureError" not in kinds:
        return None
    code = getattr(error, "error_code", None)
    code = str(getattr(code, "value", code) or "")
    status = getattr(error, "status_code", None)
    said = f"{status or ''} {code or getattr(error, 'reason', None) or type(error).__name__}".strip()
    if code in _NOBODY:
        return NotAllowed(
            f"{uri!r} is not public ({said}): set AZURE_STORAGE_ACCESS_KEY, or AZURE_CLIENT_ID and what goes with it, "
            "or add a signature to the uri."
        )
    if "ClientAuthenticationError" in kinds and not code:
        return NotAllowed(
            f"No token for {uri!r} ({said}): check AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET, "
            "or the identity that the pod is given."
        )
    if status in (401, 403):
        step = _STEPS.get(code, "check the credentials, and that they may list and read there")
        return NotAllowed(f"Access to {uri!r} is denied ({said}): {step}.", status=status)
    if status in (404, 410):
        return FilesNotFound(
            f"Nothing is at {uri!r} ({said}): check the container and the path, and, where no credentials are given, "
            "that the container is public."
        )
    return TransferError(f"The store of {uri!r} cannot be asked ({_reason(error, said)}, then try again.")


def _reason(error: BaseException, said: str) -> str:
    words = str(error)
    if any(each in words for each in _UNKNOWN_NAME):
        return "its name is not resolved): check the account's name, and the network"
    if any(each in words for each in _UNTRUSTED):
        return "its certificate is not trusted): name its authority's in SSL_CERT_FILE"
    return f"{said}): check the endpoint and the network"
