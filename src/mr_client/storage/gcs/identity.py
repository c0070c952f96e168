"""As whom is Google Cloud Storage asked?

google-auth knows every kind of Google credentials and renews their tokens; its errors stop here.
Credentials that were named must work. The machine's own, which nobody chose, are worth a try: where
there are none, or Google minds them, the store is asked as nobody, for that may be enough
(KServe asks as nobody only where there are none; on GKE without rights that fails for public buckets).
"""

from __future__ import annotations

import json
import logging
import threading
import warnings
from collections.abc import Mapping
from typing import Any

import google.auth
import google.auth.credentials
import google.auth.transport
import urllib3
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError
from google.auth.transport.urllib3 import Request

from mr_client.errors import InvalidSettings, NotAllowed, TransferInterrupted
from mr_client.storage.gcs.access import GCSAccess
from mr_client.storage.network.proxies import Proxies, Proxy
from mr_client.storage.network.routes import Routed, Routes, proxy_arguments
from mr_client.storage.network.trusted import Trust
from mr_client.trust.addresses import never_asked
from mr_client.trust.certificates import trusting

__all__ = ["Identity"]

_READ = "https://www.googleapis.com/auth/devstorage.read_only"
_WRITE = "https://www.googleapis.com/auth/devstorage.read_write"
# It warns that there is no metadata server, and no project: here the one may be, and the other is not needed.
logging.getLogger("google.auth").setLevel(logging.ERROR)


class Identity:
    """Who asks, and the headers that say so. Safe to share between threads.

    Args:
        access: whose credentials; the machine's own are looked for when they are first needed.
        trust: which certificates Google's token servers may show.
        proxies: which proxy is for which of them.
        writing: whether tokens are to be good for writing, too.

    Raises:
        InvalidSettings: what was named are no Google credentials.
    """

    def __init__(self, access: GCSAccess, trust: Trust, proxies: Proxies = Proxies(), *, writing: bool = False) -> None:
        self._lock = threading.Lock()
        self._ambient = access.ambient
        self._scopes = (_WRITE if writing else _READ,)
        self._sought = not access.ambient
        self._missing = ""
        # Not guarded against addresses that are never asked: the metadata server is one, and only the SDK's
        # own chain and whoever wrote the key file say whom to ask here.
        keywords: dict[str, Any] = {
            "retries": False,
            "cert_reqs": "CERT_REQUIRED" if trust.verify else "CERT_NONE",
            "ssl_context": trusting(trust.certificates, trust.variable) if trust.certificates else None,
        }

        def pool(proxy: Proxy | None) -> Routed:
            return _ProxyPool(**keywords, **proxy_arguments(proxy)) if proxy else Routed(**keywords)

        # No proxy can reach this machine's metadata server.
        self._pool = Routes(proxies, pool, never_asked).direct
        self._credentials: Any = None if access.ambient else _named(access, self._scopes)
        self._from = str(access.key_file) if access.key_file else "the injected key"

    @property
    def name(self) -> str | None:
        """What Google calls who asks, as far as it is known; None for nobody."""
        if self._credentials is None:
            return None
        email = getattr(self._credentials, "service_account_email", None)
        return (
            email if email and email != "default" else "the identity of this machine" if self._ambient else self._from
        )

    @property
    def missing(self) -> str:
        """Why the machine's own identity could not be had; empty where that was not tried, or went well."""
        return self._missing

    def headers(self) -> dict[str, str]:
        """Return the headers that say who asks; none for nobody. A token is renewed before it expires.

        Raises:
            NotAllowed: Google does not accept the credentials that were named.
            TransferInterrupted: whoever gives tokens cannot be asked.
        """
        with self._lock:
            if not self._sought:
                self._seek()
            if self._credentials is not None and not self._credentials.valid:
                self._renew()
            return self._headers()

    def instead(self, asked: Mapping[str, str], status: int | None, refusals: int) -> dict[str, str] | None:
        """Return the headers to ask with once more; None where no others are left.

        Args:
            asked: the headers that were refused.
            status: of the refusal.
            refusals: how many there were before it.

        Raises:
            NotAllowed, TransferInterrupted: see ``headers``.
        """
        if not asked:
            return None
        with self._lock:
            if self._credentials is not None and status == 401 and not refusals:
                if self._headers() == asked:  # no other thread has renewed it
                    self._renew()
                return self._headers()
            return {} if self._ambient else None

    def is_nobody(self) -> None:
        """Ask as nobody from now on: the machine's own identity was refused, nobody was not."""
        with self._lock:
            self._credentials = None

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        if self._credentials is not None:
            self._credentials.apply(headers)
        return headers

    def _seek(self) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of credentials that a user of gcloud has: these are meant
                self._credentials, _ = google.auth.default(scopes=self._scopes, request=_Nearby(self._pool))
        except DefaultCredentialsError as error:
            # "None found" needs no reason.
            self._missing = "" if "default credentials were not found" in str(error) else _said(error)
        except GoogleAuthError as error:
            self._missing = _said(error)
        self._sought = True

    def _renew(self) -> None:
        had_one = self._credentials.token is not None
        try:
            self._credentials.refresh(_Patient(self._pool))
        except GoogleAuthError as error:
            if self._ambient and not had_one:
                self._missing = _said(error)
                self._credentials = None
            elif self._ambient or isinstance(error, TransportError) or error.retryable:
                raise TransferInterrupted(
                    f"Google's server of tokens for {self.name!r} cannot be asked ({_said(error)}): "
                    "check the network, then run again."
                ) from error
            else:
                raise NotAllowed(
                    f"Google does not accept the credentials of {self.name!r} ({_said(error)}): check that the key and "
                    "its service account are still there, and the clock; or make a new key."
                ) from error


class _ProxyPool(Routed, urllib3.ProxyManager):
    """The same through a proxy."""


class _Patient(google.auth.transport.Request):
    """Asks for a token, within bounds."""

    seconds = 30.0

    def __init__(self, pool: urllib3.PoolManager) -> None:
        self._ask: Any = Request(pool)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(*args, **{**kwargs, "timeout": min(kwargs.get("timeout") or self.seconds, self.seconds)})


class _Nearby(_Patient):
    """Asks whether this is a machine of Google's. Silence means no: google-auth would wait for 9 s, in three attempts."""

    seconds = 1.0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except TransportError:
            return _Nothing()


class _Nothing:
    """The answer of a server that is not there."""

    status = 404
    data = b""
    headers: Mapping[str, str] = {}


def _named(access: GCSAccess, scopes: tuple[str, ...]) -> Any:
    """Return the credentials that were named; None where none were."""
    if access.key is None and access.key_file is None:
        return None
    try:
        key = access.key if access.key_file is None else json.loads(access.key_file.read_bytes())
        with warnings.catch_warnings():
            # Of configurations that a stranger sends: this one, the pod's owner has mounted.
            warnings.simplefilter("ignore", DeprecationWarning)
            credentials, _ = google.auth.load_credentials_from_dict(key)
        return google.auth.credentials.with_scopes_if_required(credentials, scopes)
    except (OSError, ValueError, GoogleAuthError) as error:
        file = f"GOOGLE_APPLICATION_CREDENTIALS names {str(access.key_file)!r}, which"
        # No word of the error: it may quote the key.
        raise InvalidSettings(
            f"{file if access.key_file else 'The key for Google Cloud Storage'} "
            f"{'cannot be read' if isinstance(error, OSError) else 'holds no credentials of Google in JSON'}: "
            "mount the key of a service account as Google Cloud made it."
        ) from None


def _said(error: BaseException) -> str:
    """Return an error's own words on one line."""
    words = error.args[0] if error.args else error
    return " ".join(str(words).split())[:300] or type(error).__name__
