"""Where are the bytes of a storage URI, and how do we get in?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote, urlsplit, urlunsplit

from mr_client.errors import InvalidURI, NotAllowed
from mr_client.storage.azure.place import azure_place, is_azure, without_signature
from mr_client.storage.elsewhere import elsewhere
from mr_client.storage.gcs.access import gcs_access, gcs_path
from mr_client.storage.hdfs.place import hdfs_place
from mr_client.storage.hub.place import hub_place
from mr_client.storage.location import Location
from mr_client.storage.network.proxies import proxies
from mr_client.storage.network.trusted import trust
from mr_client.storage.s3.access import S3Access, s3_access
from mr_client.storage.storage_config import gcs_key, injected
from mr_client.storage.web.headers import host_headers
from mr_client.trust.addresses import check_host, is_server

__all__ = ["locate", "named_endpoint", "shown"]

_PASSWORD = re.compile(r"(^[^/?#@:]*:/*)[^/?#@]*:[^/?#]*@")
_SIGNATURE = re.compile(r"\?.*(?:sig|signature|token|key|secret|password)[^=&]*=.*", re.IGNORECASE | re.DOTALL)


def locate(uri: str, environ: Mapping[str, str], *, endpoint: str | None = None, region: str | None = None) -> Location:
    """Decide where the files of ``uri`` are and how to get in; nothing is asked.

    Args:
        uri: ``s3://BUCKET[/KEY]``, ``gs://BUCKET[/NAME]``, Azure's spellings (``azure.place``), ``http(s)://…``,
            ``hf://OWNER/MODEL[@REVISION]``, ``webhdfs://HOST/PATH``, ``file:///PATH``, ``/PATH`` or ``memory://PATH``.
        environ: environment variables as KServe injects them.
        endpoint: S3 endpoint that the registry names; what is injected wins.
        region: S3 region that the registry names; likewise.

    Raises:
        InvalidURI: no store is known for ``uri``, or it names nothing.
        InvalidSettings: a variable has a value that cannot be used.
        NotAllowed: the registry names an endpoint, and credentials are injected for another one; or the host is
            never asked, see ``mr_client.trust.addresses``.
    """
    return replace(_located(uri, environ, endpoint, region), proxies=proxies(environ))


def named_endpoint(environ: Mapping[str, str], endpoint: str | None) -> str | None:
    """Return the S3 endpoint that the registry names, where ``locate`` would have it asked: not where one is injected."""
    access = s3_access(injected(environ))
    if endpoint is None or access.endpoint is not None or _server(_web_address(endpoint)) == _server(None):
        return None
    return endpoint


def shown(uri: str) -> str:
    """Return ``uri`` without what may be secret: user, password, and the query of a web address."""
    if "://" not in uri:
        return _bare(uri)
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri.partition("://")[0] + "://…"
    if parts.scheme == "model-registry":
        return uri
    if not parts.scheme.startswith("http"):
        return _bare(without_signature(uri) if is_azure(uri) else uri)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "…" if parts.query else "", ""))


def _bare(uri: str) -> str:
    """Return a URI, be it mistyped, without a password before its host, and without a query that lets somebody in."""
    return _SIGNATURE.sub("?…", _PASSWORD.sub(r"\1", uri))


def _located(uri: str, environ: Mapping[str, str], endpoint: str | None, region: str | None) -> Location:
    scheme, separator, rest = uri.partition("://")
    if not separator and uri.startswith("/"):
        # As KServe's initializer takes it, for a volume that is mounted.
        return Location(uri, "file", uri, folder=uri.endswith("/"))
    if not separator:
        raise InvalidURI(f"{shown(uri)!r} is no URI: write SCHEME://…, such as s3://bucket/folder or file:///path.")
    said = uri.partition("?")[0] if is_azure(uri) else uri
    if _bare(said) != said and not scheme.lower().startswith("http"):
        raise InvalidURI(
            f"{shown(uri)!r} came with a password or a signature, which {scheme}:// has no place for: take it out, and give "
            "the credentials in variables."
        )
    environ = injected(environ)
    match scheme.lower():
        case _ if is_azure(uri):
            return _in_azure(uri, environ)
        case "s3":
            return _in_s3(uri, rest, s3_access(environ), endpoint, region)
        case "gs":
            path, options = gcs_path(uri, rest), {"access": gcs_access(environ, key=gcs_key(environ))}
            return Location(uri, "gcs", path, path.endswith("/"), options, trust(environ, "SSL_CERT_FILE"))
        case "http" | "https":
            return _on_the_web(uri, environ)
        case "file":
            path = unquote(rest.removeprefix("localhost"))
            if not path.startswith("/"):
                raise InvalidURI(f"{uri!r} names no absolute path: write file:///path.")
            return Location(uri, "file", path, folder=path.endswith("/"))
        case "hf":
            hub = hub_place(uri, environ)
            return Location(uri, "hf", hub.path, hub.folder, hub.options(), trust(environ, "SSL_CERT_FILE"))
        case "webhdfs" | "hdfs":
            hdfs = hdfs_place(uri, environ)
            known = hdfs.trust or trust(environ, "SSL_CERT_FILE")
            return Location(uri, "webhdfs", hdfs.path, hdfs.folder, hdfs.options(), known)
        case "memory":
            return Location(uri, "memory", "/" + rest.strip("/"), folder=rest.endswith("/"))
        case _:
            raise elsewhere(uri, shown(uri)) or InvalidURI(
                f"No store is known for {shown(uri)!r}: use s3://, gs://, abfs://, az://, hf://, webhdfs://, https://, "
                "http:// or file://."
            )


def _in_s3(uri: str, rest: str, access: S3Access, endpoint: str | None, region: str | None) -> Location:
    bucket, _, key = rest.partition("/")
    if not bucket:
        raise InvalidURI(f"{uri!r} names no bucket: write s3://BUCKET/FOLDER.")
    endpoint = _web_address(endpoint) if endpoint is not None else None
    if endpoint is not None and _server(endpoint) != _server(access.endpoint):
        if access.has_credentials:
            raise NotAllowed(
                f"The registry says that {uri!r} is at {shown(endpoint)!r}, but the credentials are for "
                f"{access.endpoint or 'AWS'!r} and are shown nowhere else: set AWS_ENDPOINT_URL to the right endpoint, "
                "or correct the artifact's uri."
            )
        if access.endpoint is None:
            # Asked as nobody, so that what the machine itself may do does not leak to a host that only the registry names.
            access = replace(access, endpoint=endpoint, anonymous=True)
    if access.endpoint is not None:
        check_host(urlsplit(access.endpoint).hostname or "", shown(access.endpoint))
    return Location(
        uri=uri,
        protocol="s3",
        path=f"{bucket}/{key}",
        folder=key.endswith("/") or not key,
        options=replace(access, region=access.region or region).storage_options(),
        trust=access.trust,
    )


def _in_azure(uri: str, environ: Mapping[str, str]) -> Location:
    place = azure_place(uri, environ)
    return Location(
        uri=place.shown,
        protocol="azure",
        path=f"{place.container}/{place.path}",
        folder=place.path.endswith("/") or not place.path,
        options={"place": place},
        trust=trust(environ, "SSL_CERT_FILE"),
    )


def _on_the_web(uri: str, environ: Mapping[str, str]) -> Location:
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        host = None
    if not host:
        raise InvalidURI(f"{shown(uri)!r} names no host: write https://HOST/FILE.")
    check_host(host, shown(uri))
    if (other := elsewhere(uri, shown(uri))) is not None:
        raise other
    if not parts.path.rpartition("/")[2]:
        raise InvalidURI(
            f"{shown(uri)!r} names no file: a web server lists no folders, so give the address of one file."
        )
    options = {"headers": headers} if (headers := host_headers(host, environ)) else {}
    return Location(shown(uri), "http", uri, options=options, trust=trust(environ, "SSL_CERT_FILE"))


def _server(endpoint: str | None) -> tuple[str, str, int | None]:
    """Return what two spellings of one endpoint have in common."""
    parts = urlsplit(endpoint or "https://s3.amazonaws.com")
    host = (parts.hostname or "").lower()
    if host.endswith(".amazonaws.com"):
        return "https", "amazonaws.com", 443
    return parts.scheme, host, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _web_address(endpoint: str) -> str:
    if not is_server(endpoint):
        raise InvalidURI(
            f"The registry names the S3 endpoint {shown(endpoint)!r}, which is no address: correct the artifact's uri."
        )
    return endpoint
