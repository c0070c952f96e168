"""Which model of the Hugging Face hub does a URI mean, and who asks?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from mr_client.errors import InvalidSettings, InvalidURI
from mr_client.trust.addresses import check_host, is_server
from mr_client.variables import Variable

__all__ = ["VARIABLES", "HubPlace", "hub_place", "is_offline"]

_TOKEN = Variable("HF_TOKEN", "", "hf: token of the hub, for private and gated models")
_OLD_TOKEN = Variable("HUGGING_FACE_HUB_TOKEN", "", "hf: the same by its former name")
_ENDPOINT = Variable(
    "HF_ENDPOINT", "https://huggingface.co", "hf: the hub, or a mirror of it, which is shown the token"
)
_OFFLINE = Variable("HF_HUB_OFFLINE", "", "hf: 1 means that the hub is not asked")
VARIABLES = (_TOKEN, _OLD_TOKEN, _ENDPOINT, _OFFLINE)

_PLACE = re.compile(
    r"(?P<model>[\w.-]+/[\w.-]+)(?:[:@](?P<revision>refs/pr/\d+|refs/convert/[^/]+|[^/:@]+))?(?P<path>/.*)?", re.ASCII
)
_NO_MODELS = frozenset({"datasets", "spaces", "buckets", "kernels"})
"""What the hub's own spelling has before an owner, for what is no model."""


@dataclass(frozen=True, slots=True)
class HubPlace:
    """A model of the hub, at a revision."""

    model: str
    """``OWNER/MODEL``."""
    revision: str
    """A branch, a tag, or a commit."""
    within: str
    """A folder or a file of it; empty means all of it."""
    folder: bool
    endpoint: str
    """The hub, ``http(s)://HOST[:PORT][/PATH]``."""
    token: str | None = field(default=None, repr=False)

    @property
    def path(self) -> str:
        """What the hub calls it."""
        return f"{self.model}@{self.revision}/{self.within}".rstrip("/")

    def options(self) -> dict[str, Any]:
        """Return what ``HubStore`` takes."""
        return asdict(self)


def hub_place(uri: str, environ: Mapping[str, str]) -> HubPlace:
    """Decide which model ``uri`` means; nothing is asked.

    Args:
        uri: ``hf://OWNER/MODEL``, as KServe writes it with ``:REVISION``, as the hub does with ``@REVISION`` and,
            perhaps, ``/FOLDER``. The revision is ``main`` where none is named; a slash in it is written ``%2F``.
        environ: environment variables.

    Raises:
        InvalidURI: it names no model.
        InvalidSettings: ``HF_ENDPOINT`` is no address, or ``HF_HUB_OFFLINE`` forbids to ask.
        NotAllowed: the endpoint is never asked.
    """
    found = _PLACE.fullmatch(uri.partition("://")[2].removesuffix("/"))
    if not found or found["model"].partition("/")[0] in _NO_MODELS:
        raise InvalidURI(f"{uri!r} names no model of the hub: write hf://OWNER/MODEL or hf://OWNER/MODEL@REVISION.")
    if is_offline(environ):
        raise InvalidSettings(
            f"{uri!r} is not asked for, since HF_HUB_OFFLINE is set: unset it, or give a folder that has the model, "
            "file:///PATH."
        )
    endpoint = _ENDPOINT.read(environ).rstrip("/")
    if not is_server(endpoint) or (parts := urlsplit(endpoint)).query or parts.fragment:
        raise InvalidSettings("HF_ENDPOINT is no address of a hub: give http(s)://HOST[:PORT], or unset it.")
    check_host(parts.hostname or "", endpoint)
    within = unquote(found["path"] or "").strip("/")
    return HubPlace(
        model=found["model"],
        revision=unquote(found["revision"] or "main"),
        within=within,
        folder=uri.endswith("/") or not within,
        endpoint=endpoint,
        token=_TOKEN.read(environ) or _OLD_TOKEN.read(environ) or None,
    )


def is_offline(environ: Mapping[str, str]) -> bool:
    """Return whether the hub is not to be asked."""
    return _OFFLINE.read(environ).upper() in ("1", "ON", "YES", "TRUE")
