"""What does a manifest write for the place of a model's files: its name in the registry, or where they are?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from mr_client.errors import InvalidURI, UsageError
from mr_client.resolver import Resolution
from mr_client.storage.azure.place import azure_place, is_azure
from mr_client.storage.hub.place import hub_place
from mr_client.storage.locate import shown

__all__ = [
    "AGENT",
    "CACHE",
    "KSERVE",
    "MESH",
    "bucket_and_path",
    "by_name",
    "by_version",
    "files_uri",
    "place_warnings",
]

KSERVE = ("s3", "gs", "hdfs", "webhdfs", "https", "http", "hf", "pvc", "oci", "oci+native", "oci+fetch")
"""Schemes of a storageUri that KServe 0.20 takes by itself (``ValidateStorageURI``)."""
AGENT = ("s3", "gs", "https", "http")
"""Those of a TrainedModel (its webhook)."""
MESH = ("s3", "gs", "https", "http", "pvc")
"""Those of ModelMesh."""
_KUBELET = ("pvc", "oci", "oci+native", "oci+fetch")
"""Those that no init container brings."""
CACHE = tuple(each for each in KSERVE if each not in _KUBELET)
"""Those of a LocalModelCache, whose job is like an init container."""


def by_name(resolution: Resolution, *, floating: bool = False) -> str:
    """Return the ``model-registry://`` URI that a manifest has: of the version that was found, whatever was asked for.

    Args:
        resolution: what was found.
        floating: write what was asked for; each start of a pod then brings what the name means by then.

    Raises:
        UsageError: the files are where no init container brings them from.
    """
    scheme = _scheme(resolution.uri)
    if scheme in _KUBELET:
        raise UsageError(
            f"{str(resolution.requested)!r} is at {shown(resolution.uri)!r}, which the kubelet mounts and no init "
            "container brings: render it with --resolved."
        )
    return str(resolution.requested) if floating else by_version(resolution)


def by_version(resolution: Resolution) -> str:
    """Return the ``model-registry://`` URI of what was found: as it was asked for, with its version."""
    return str(replace(resolution.requested, version=resolution.version.name, alias=None))


def files_uri(resolution: Resolution, taken: Sequence[str], *, by: str) -> str:
    """Return where the files are, as a manifest may say it: in KServe's spelling, where ours has more.

    Args:
        resolution: what was found.
        taken: the schemes that are taken.
        by: who takes them, for the message.

    Raises:
        UsageError: the scheme is none of them, the place has no name there, or the address holds what may be secret.
    """
    uri = resolution.uri
    whose = f"{str(resolution.requested)!r} is at {shown(uri)!r}"
    if shown(uri) != uri:
        raise UsageError(
            f"{whose}, an address with a password or a query, which may be secret: "
            "a manifest is no place for it; render the model by its name."
        )
    uri = _in_azure(uri) if is_azure(uri) else uri
    scheme = _scheme(uri)
    if scheme not in taken:
        hint = "; of a blob in Azure its address, https://ACCOUNT.blob.core.windows.net/…" if scheme == "az" else ""
        raise UsageError(f"{whose}, and {by} takes only {', '.join(f'{each}://' for each in taken)}{hint}.")
    return _in_the_hub(uri, whose, by) if scheme == "hf" else scheme + uri[len(scheme) :]


def bucket_and_path(resolution: Resolution) -> tuple[str | None, str] | None:
    """Return the bucket and the path below it that ``storage`` has, None where the files are not in S3.

    The bucket is None for an artifact that was registered with a storagePath alone: it is that of the secret.
    """
    if _scheme(resolution.uri) != "s3":
        return None
    written = (resolution.artifact.uri or "").strip()
    path = (resolution.artifact.storage_path or "").strip().strip("/")
    if not written and path:
        return None, path
    bucket, _, key = resolution.uri[len("s3://") :].partition("/")
    return bucket, key


def place_warnings(resolution: Resolution, *, resolved: bool) -> tuple[str, ...]:
    """Return what a person should know of a place before it is in a manifest."""
    said: list[str] = list(resolution.warnings)
    host = resolution.requested.host
    if not resolved and host is not None and host.partition(":")[0] in ("localhost", "127.0.0.1", "[::1]"):
        said.append(f"the URI names the registry {host!r}, which in a pod is the pod itself: leave the host out of it")
    if resolved and resolution.endpoint is not None:
        said.append(
            f"the registry names the endpoint {shown(resolution.endpoint)!r}: no manifest carries it; "
            "the secret with the credentials must"
        )
    return tuple(said)


def _in_the_hub(uri: str, whose: str, by: str) -> str:
    """Return ``hf://OWNER/MODEL[:REVISION]``, all that KServe's initializer takes (``_download_hf``)."""
    try:
        place = hub_place(uri, {})
    except InvalidURI as error:
        raise UsageError(str(error)) from error
    if place.within or "/" in place.revision:
        raise UsageError(
            f"{whose}, and {by} takes whole models alone, hf://OWNER/MODEL:REVISION with no '/' in the revision: "
            "render the model by its name."
        )
    named = uri.partition("://")[2].strip("/") != place.model
    return f"hf://{place.model}:{place.revision}" if named else f"hf://{place.model}"


def _in_azure(uri: str) -> str:
    """Return the address of a blob in Azure, which is all that KServe takes; what names no account stays as it is."""
    if _scheme(uri) == "https":
        return uri
    try:
        place = azure_place(uri, {})
    except InvalidURI:  # az:// leaves the account to a variable
        return uri
    return f"{place.endpoint}/{quote(place.container)}/{quote(place.path)}"


def _scheme(uri: str) -> str:
    return uri.partition("://")[0].lower()
