"""An InferenceService: a model by its name in the registry, or where its files are, or several models in one pod."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from mr_client.errors import UsageError
from mr_client.manifests.labels import dns_label
from mr_client.manifests.places import KSERVE, bucket_and_path, by_name, by_version, files_uri, place_warnings
from mr_client.manifests.rendered import (
    Choice,
    Manifest,
    Rendered,
    account_of,
    filled,
    inference_service_of,
    key_of,
    metadata,
    said,
    served,
)
from mr_client.resolver import Resolution

__all__ = ["inference_service", "several_models"]

_MODELS = "/mnt/models"


def inference_service(resolution: Resolution, choice: Choice = Choice()) -> Rendered:
    """Return the InferenceService of a model.

    By its name, with the version that was found: our initializer brings the files, with the credentials of
    ``storage.key`` or of the service account. Resolved: KServe's own does, from ``storage`` where the files are in S3
    and a key is known, else from ``storageUri``.

    Raises:
        UsageError: no format is known, a name is none, or the place is none that a manifest may say.
    """
    how = served(resolution, choice)
    key = key_of(resolution, choice)
    uri = by_name(resolution, floating=choice.floating) if not choice.resolved else None
    place = {"storageUri": uri, "storage": filled(key=key)} if uri is not None else _place(resolution, key)
    predictor = filled(
        serviceAccountName=account_of(resolution, choice),
        model=filled(**how.model, protocolVersion=how.protocol, **place),
    )
    requested = None if uri is not None else by_version(resolution)
    return Rendered(
        inference_service_of(metadata(resolution, how.name, choice, uri=requested), predictor),
        said(place_warnings(resolution, resolved=choice.resolved), how.notes),
    )


def several_models(
    resolutions: Sequence[Resolution], choice: Choice = Choice(), *, folders: Sequence[str] = ()
) -> Rendered:
    """Return the InferenceService of several models in one pod, for KServe 0.16 or later.

    Name, format, runtime and provenance are the first one's; its URI also picks the container.

    Args:
        resolutions: what was found, two or more.
        choice: what was said of it. A storage key has no place here: credentials are the service account's.
        folders: where each model is mounted; else ``/mnt/models/MODEL``.

    Raises:
        UsageError: the folders are as many, or as they lie, as KServe does not take them; a name is none, or the models
            have several service accounts.
    """
    first = resolutions[0]
    how = served(first, choice)
    if folders and len(folders) != len(resolutions):
        raise UsageError(f"{len(folders)} folders for {len(resolutions)} models: say --folder once for each, or never.")
    mounted = tuple(folders) or tuple(f"{_MODELS}/{dns_label(each.model.name)}" for each in resolutions)
    _check_folders(mounted)
    accounts = {account_of(each, choice) for each in resolutions}
    if len(accounts) > 1:
        listed = ", ".join(sorted(repr(each) if each else "none" for each in accounts))
        raise UsageError(f"The models have several service accounts ({listed}), a pod has one: say --service-account.")
    uris = [
        files_uri(each, KSERVE, by="KServe") if choice.resolved else by_name(each, floating=choice.floating)
        for each in resolutions
    ]
    predictor = filled(
        serviceAccountName=accounts.pop(),
        model=filled(**how.model, protocolVersion=how.protocol),
        storageUris=[{"uri": uri, "mountPath": folder} for uri, folder in zip(uris, mounted, strict=True)],
    )
    requested = by_version(first) if choice.resolved else None
    warnings = (place_warnings(each, resolved=choice.resolved) for each in resolutions)
    keys = dict.fromkeys(key for each in resolutions if (key := key_of(each, choice)))
    unused = (
        f"the storage key {key!r} is not written: several models have the credentials of the service account"
        for key in keys
    )
    return Rendered(
        inference_service_of(metadata(first, how.name, choice, uri=requested), predictor),
        said(*warnings, how.notes, unused),
    )


def _place(resolution: Resolution, key: str | None) -> Manifest:
    found = bucket_and_path(resolution)
    if key is None or found is None:
        return {"storageUri": files_uri(resolution, KSERVE, by="KServe")}
    bucket, path = found
    return {"storage": filled(key=key, path=path, parameters=filled(bucket=bucket))}


def _check_folders(folders: Sequence[str]) -> None:
    """Raise UsageError for folders that KServe's webhook refuses: see ``validateMultipleStorageURIsSpec``."""
    paths = [PurePosixPath(each) for each in folders]
    for path in paths:
        if not path.is_absolute() or ".." in str(path) or len(path.parts) < 3:
            raise UsageError(
                f"{str(path)!r} is no folder for a model: it is absolute, below another and without '..', such as /mnt/models/base."
            )
    for index, path in enumerate(paths):
        for other in paths[index + 1 :]:
            if path == other or path in other.parents or other in path.parents:
                raise UsageError(
                    f"The models would be mounted at {str(path)!r} and {str(other)!r}, one in the other: "
                    "give each a folder of its own with --folder."
                )
    if len({path.parts[1] for path in paths}) > 1:
        raise UsageError(
            f"The folders {', '.join(folders)} have no folder in common: KServe mounts one volume for all."
        )
