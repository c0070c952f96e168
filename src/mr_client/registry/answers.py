"""What does an answer mean that is no success?"""

from __future__ import annotations

import ssl

import httpx

from mr_client.errors import (
    AlreadyExists,
    MRClientError,
    NotAllowed,
    NotFound,
    RegistryBusy,
    RegistryError,
    RegistryUnreachable,
    UsageError,
)
from mr_client.header_times import retry_after

__all__ = ["is_distrust", "no_answer", "raise_for_status", "unreachable"]


def raise_for_status(response: httpx.Response) -> None:
    """Raise for every status but 2xx: as an event hook, before the generated layer reads the body.

    Raises:
        MRClientError: with the status, and the URL without its query.
    """
    if not response.is_success:
        response.read()
        raise _meaning(response, str(response.request.url.copy_with(query=None, userinfo=b"")))


def _meaning(response: httpx.Response, url: str) -> MRClientError:
    status, said = response.status_code, _message(response)
    match status:
        case 401 | 403:
            why = f"The registry refuses {url} ({status} {said}): set MODEL_REGISTRY_TOKEN to a token it accepts."
            return NotAllowed(why, status=status, url=url)
        case _ if response.is_redirect:
            why = (
                f"The registry answers {url} with a redirect ({status}), to a login page perhaps: "
                "set MODEL_REGISTRY_TOKEN, and give the address of the API itself."
            )
            return NotAllowed(why, status=status, url=url)
        case 404 if _is_error(response):
            return NotFound(f"Not found at {url}: {said}.", status=status, url=url)
        case 404 | 405:
            return no_answer(url, f"{status} {said}", status)
        case 409:
            return AlreadyExists(
                f"It exists already: {said} ({url}): choose another name, or change what is there.",
                status=status,
                url=url,
            )
        case 429 | 502 | 503 | 504:
            why = f"The registry is busy or not ready at {url} ({status} {said}): try again later, or look at its log."
            return RegistryBusy(
                why, status=status, url=url, retry_after=retry_after(response.headers.get("Retry-After", ""))
            )
        case _ if response.is_client_error:
            return UsageError(f"The registry refuses {url} as malformed ({status}): {said}.", status=status, url=url)
        case _:
            why = f"The registry failed at {url} ({status} {said}): try again, or look at its log."
            return RegistryError(why, status=status, url=url)


def unreachable(url: str, error: httpx.TransportError) -> RegistryError:
    """Return the error for a request that got no answer."""
    why = str(error) or type(error).__name__
    if is_distrust(error):
        return RegistryError(
            f"The registry at {url} shows a certificate that is not trusted ({why}): "
            "name the authority's certificates in MODEL_REGISTRY_CA_FILE.",
            url=url,
        )
    return RegistryUnreachable(
        f"The registry at {url} cannot be reached ({why}): check that it runs, "
        "and the address in MODEL_REGISTRY_BASE_URL.",
        url=url,
    )


def is_distrust(error: BaseException) -> bool:
    """Return whether an error comes from a certificate, which no second attempt will change."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def no_answer(url: str, why: str, status: int | None = None) -> RegistryError:
    """Return the error for what answers, but not as a registry."""
    return RegistryError(
        f"What answers at {url} is no model registry this client understands ({why}): check MODEL_REGISTRY_BASE_URL.",
        status=status,
        url=url,
    )


def _is_error(response: httpx.Response) -> bool:
    """Return whether the body is an Error of the contract."""
    try:
        return isinstance(response.json()["message"], str)
    except (ValueError, KeyError, TypeError):
        return False


def _message(response: httpx.Response) -> str:
    """Return what a body says: an Error's message, or the first words of a text or page."""
    said = response.json()["message"] if _is_error(response) else " ".join(response.text.split())[:200]
    return str(said) or response.reason_phrase
