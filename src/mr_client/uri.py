"""Which model does a ``model-registry://`` URI name?

.. code-block:: text

    model-registry://[HOST/]MODEL[/VERSION|@ALIAS][?namespace=NS][&artifact=NAME]

Segments are split first and percent-decoded after, so a name may hold anything when it is
encoded (``ibm-granite%2Fgranite-3.1``). Of three segments the first is the host. Of two, the
first is a host if it ends in ``:<digits>``, is ``localhost``, is the host of the configured
registry (with or without its port), or ends in ``.svc`` or ``.<cluster domain>``; otherwise
the two are a model and its version: model names have dots, too. The network is never asked.

An ``@`` that is not encoded stands before an alias, by a convention of our own (``mr_client.aliases``).
Inside a name it is written ``%40``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from mr_client.errors import InvalidURI

__all__ = ["SCHEME", "ModelURI", "is_model_uri", "parse_model_uri"]

SCHEME = "model-registry"
_FORM = f"{SCHEME}://[HOST/]MODEL[/VERSION|@ALIAS][?namespace=NS][&artifact=NAME]"
_CLUSTER_DOMAIN = "svc.cluster.local"
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""RFC 1123 label, which a Kubernetes namespace must be."""
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?)(:[0-9]{1,5})?")
_Refuse = Callable[[str], InvalidURI]
_PASSWORD = re.compile(r":/*[^/?#@:]*:[^/?#@]*@")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class ModelURI:
    """A parsed ``model-registry://`` URI; ``str()`` gives a URI that parses to the same value."""

    model: str
    """Name of the registered model, decoded."""
    version: str | None = None
    """Name of the version, decoded; None asks for the newest that is LIVE."""
    host: str | None = None
    """``HOST[:PORT]`` of the registry, where the URI names one."""
    namespace: str | None = None
    """Kubernetes namespace of the registry's service; wins over ``host``."""
    artifact: str | None = None
    """Name of the model artifact; None lets the resolver choose."""
    alias: str | None = None
    """Alias of the version, decoded; None where ``version`` names it, or nothing does."""

    def __str__(self) -> str:
        segments = [quote(part, safe="") for part in (self.model, self.version) if part is not None]
        if self.alias is not None:
            segments[0] += f"@{quote(self.alias, safe='')}"
        if self.host is not None:
            segments.insert(0, self.host)
        elif len(segments) == 2 and _is_host(segments[0], "", _CLUSTER_DOMAIN):
            # A model of such a name would be read as a host; encoded, it is not.
            segments[0] = f"%{ord(segments[0][0]):02X}{segments[0][1:]}"
        query = "&".join(
            f"{key}={quote(value, safe='')}"
            for key, value in (("namespace", self.namespace), ("artifact", self.artifact))
            if value is not None
        )
        return f"{SCHEME}://{'/'.join(segments)}{'?' if query else ''}{query}"


def is_model_uri(text: str) -> bool:
    """Return whether ``text`` claims to be a ``model-registry://`` URI, well formed or not."""
    return text.lower().startswith(f"{SCHEME}:")


def parse_model_uri(text: str, *, known_host: str = "", cluster_domain: str = _CLUSTER_DOMAIN) -> ModelURI:
    """Parse a ``model-registry://`` URI.

    Args:
        text: the URI.
        known_host: ``HOST[:PORT]`` of the configured registry, so that it is recognised.
        cluster_domain: what Kubernetes service names end in.

    Raises:
        InvalidURI: ``text`` does not follow the grammar; the message names the part.
    """

    def refuse(why: str) -> InvalidURI:
        return InvalidURI(f"{text!r} is no model URI: {why}; write {_FORM}.")

    if _PASSWORD.search(text):  # which is not to be repeated
        raise InvalidURI(
            "A model URI has no user and no password, and this one has ':' and '@' before its first '/': "
            "give the registry's token in MODEL_REGISTRY_TOKEN, and an alias after the model, HOST:PORT/MODEL@ALIAS."
        )
    scheme, found, rest = text.partition("://")
    if not found or scheme != SCHEME:
        raise refuse(f"it does not start with {SCHEME}://")
    if "#" in rest:
        raise refuse("'#' begins a fragment, which has no meaning here: encode it as %23")
    path, has_query, query = rest.partition("?")
    if bad := _BAD_PERCENT.search(rest):
        raise refuse(f"'%' at {rest[bad.start() : bad.start() + 3]!r} is not followed by two hexadecimal digits")
    segments = path.split("/")
    if path == "":
        raise refuse("it names no model")
    if "" in segments:
        raise refuse("it has a trailing slash" if path.endswith("/") else "it has an empty segment")
    if len(segments) > 3:
        raise refuse(f"it has {len(segments)} segments, three are the most: encode a '/' inside a name as %2F")

    host = None
    if len(segments) == 3 or (len(segments) == 2 and _is_host(segments[0], known_host, cluster_domain)):
        host = segments.pop(0)
        if not _HOST.fullmatch(host):
            raise refuse(f"{host!r} is no host")
    segments[0], has_alias, alias = segments[0].partition("@")
    if has_alias:
        _check_alias(segments, alias, refuse)
    elif "@" in segments[-1]:
        raise refuse(
            f"{segments[-1]!r} is in the place of a version and has an alias: write MODEL@ALIAS, a host with its port "
            "(HOST:PORT/MODEL@ALIAS), and an '@' inside a name as %40"
        )
    names = [_decoded(segment, refuse) for segment in segments]
    if has_query and not query:
        raise refuse("nothing follows '?'")
    parameters = _parameters(query, refuse) if query else {}
    return ModelURI(
        model=names[0],
        version=names[1] if len(names) == 2 else None,
        host=host,
        namespace=parameters.get("namespace"),
        artifact=parameters.get("artifact"),
        alias=_decoded(alias, refuse) if has_alias else None,
    )


def _check_alias(segments: list[str], alias: str, refuse: _Refuse) -> None:
    hint = "encode an '@' inside a name as %40"
    if len(segments) > 1:
        raise refuse(f"it names both the alias {alias!r} and the version {segments[1]!r}; {hint}")
    if not segments[0]:
        raise refuse(f"no model stands before '@'; {hint}")
    if not alias or "@" in alias:
        raise refuse(f"{alias!r} after '@' is no alias; {hint}")


def _is_host(segment: str, known_host: str, cluster_domain: str) -> bool:
    lowered = segment.lower()
    if "%" in segment:
        return False  # no host is encoded: so a model that is named like one can be
    name = re.sub(r":[0-9]+$", "", lowered)
    known = known_host.lower()
    return (
        name != lowered
        or name == "localhost"
        or (bool(known) and name in (known, re.sub(r":[0-9]+$", "", known)))
        or name.endswith((".svc", "." + cluster_domain.lower()))
    )


def _decoded(segment: str, refuse: _Refuse) -> str:
    try:
        name = unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise refuse(f"{segment!r} does not decode to UTF-8") from None
    if "\0" in name:
        raise refuse(f"{segment!r} holds a null byte")
    return name


def _parameters(query: str, refuse: _Refuse) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        if key not in ("namespace", "artifact"):
            raise refuse(f"it knows no parameter {key!r}, only namespace and artifact")
        if key in parameters:
            raise refuse(f"parameter {key!r} stands twice")
        parameters[key] = _decoded(value, refuse)
        if not parameters[key]:
            raise refuse(f"parameter {key!r} is empty")
    namespace = parameters.get("namespace")
    if namespace is not None and not _DNS_LABEL.fullmatch(namespace):
        raise refuse(f"namespace {namespace!r} is no DNS label (RFC 1123: a-z, 0-9 and '-', at most 63)")
    return parameters
