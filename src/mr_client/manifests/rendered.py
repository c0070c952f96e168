"""What can be chosen of a manifest, what comes of it, and what all kinds have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mr_client.errors import UsageError
from mr_client.manifests.formats import (
    KSERVE,
    ModelFormat,
    Runtime,
    chosen_runtime,
    model_format,
    parsed_format,
)
from mr_client.manifests.labels import checked_key, checked_name, checked_namespace, dns_label
from mr_client.manifests.provenance import labels_of, notes_of
from mr_client.resolver import Resolution

__all__ = [
    "Choice",
    "Manifest",
    "Rendered",
    "Served",
    "account_of",
    "filled",
    "format_of",
    "inference_service_of",
    "key_of",
    "metadata",
    "name_of",
    "said",
    "served",
]

Manifest = dict[str, Any]
"""An object of Kubernetes as plain dicts, lists, texts and numbers: each call makes a new one, which is the caller's."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person may say of a manifest; what is None is taken from the registry."""

    name: str | None = None
    """Of the object; else a DNS label of the model's name, see ``labels.dns_label``."""
    namespace: str | None = None
    """Of the object; else none is written, and ``kubectl`` or kustomize decide."""
    model_format: str | None = None
    """``NAME[:VERSION]``; else that of the artifact."""
    runtime: str | None = None
    """A runtime by its name; ``auto`` for KServe's own for the format; else KServe chooses when it is deployed."""
    protocol: str | None = None
    """``v1``, ``v2``, ``grpc-v1`` or ``grpc-v2``; else only what the format's runtimes leave."""
    storage_key: str | None = None
    """Key of the secret ``storage-config``; else the artifact's ``storageKey``."""
    service_account: str | None = None
    """Of the pod; else the artifact's ``serviceAccountName``."""
    schema_path: str | None = None
    """Of the model's inputs and outputs, in its store: for ModelMesh."""
    resolved: bool = False
    """Whether the files' own place is written, and not the model's name."""
    floating: bool = False
    """Whether the name is written as it was asked for, without the version that was found."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A manifest, and what to know of it."""

    manifest: Manifest
    warnings: tuple[str, ...] = field(default=())
    """A sentence each."""


@dataclass(frozen=True, slots=True)
class Served:
    """What every InferenceService says of its model."""

    name: str
    """Of the object."""
    model: Manifest
    """Its format, and the runtime where one is named."""
    protocol: str | None
    """That is to be named; None where KServe's default will do."""
    notes: tuple[str, ...]
    """What to say of it: a sentence each."""


def name_of(resolution: Resolution, choice: Choice) -> tuple[str, tuple[str, ...]]:
    """Return the name of the object, and what to say where it is not the model's.

    Raises:
        UsageError: the chosen one is no name.
    """
    if choice.name is not None:
        return checked_name(choice.name), ()
    model = resolution.model.name
    name = dns_label(model)
    return name, () if name == model else (
        f"model {model!r} is called {name!r} here, and so is another that differs only in signs and capitals: "
        "--name gives it a name of its own",
    )


def metadata(resolution: Resolution, name: str, choice: Choice, *, uri: str | None = None) -> Manifest:
    """Return the metadata of an object, with where its model came from.

    Args:
        resolution: what was found.
        name: of the object.
        choice: what was said of it.
        uri: the ``model-registry://`` URI, where it stands nowhere else in the manifest.
    """
    return filled(
        name=name,
        namespace=None if choice.namespace is None else checked_namespace(choice.namespace),
        labels=labels_of(resolution),
        annotations=notes_of(resolution, name=name, uri=uri),
    )


def key_of(resolution: Resolution, choice: Choice) -> str | None:
    """Return the key of the secret ``storage-config`` that was chosen, or is the artifact's; None where there is none.

    Raises:
        UsageError: it cannot be one.
    """
    key = choice.storage_key or resolution.artifact.storage_key
    return checked_key(key) if key else None


def account_of(resolution: Resolution, choice: Choice) -> str | None:
    """Return the service account that was chosen, or is the artifact's; None where there is none.

    Raises:
        UsageError: it cannot be one.
    """
    account = choice.service_account or resolution.artifact.service_account_name
    return checked_name(account, dots=True) if account else None


def format_of(
    resolution: Resolution, choice: Choice, runtimes: tuple[Runtime, ...] = KSERVE
) -> tuple[ModelFormat, tuple[str, ...]]:
    """Return the format of a model, and what to say of it.

    Raises:
        UsageError: neither the artifact nor anybody else says which it is.
    """
    artifact = resolution.artifact
    name, version = artifact.model_format_name or "", artifact.model_format_version or None
    if choice.model_format is not None:
        name, version = parsed_format(choice.model_format)
    if not name:
        raise UsageError(
            f"The artifact {artifact.name or artifact.id or ''!r} of {str(resolution.requested)!r} names no model format: "
            "register it with one, or say --format, such as sklearn:1."
        )
    found = model_format(name, version, runtimes)
    if version is not None and found.version is None:
        said = f"no runtime of its own lists version {version!r} of {found.name!r}: none is written, and any serves it"
        return found, (said,)
    return found, ()


def _served_by(
    wanted: ModelFormat, choice: Choice, runtimes: tuple[Runtime, ...] = KSERVE, *, of: str = "KServe"
) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Return the runtime and the protocol that a manifest names, None where KServe decides, and what to say of it.

    Raises:
        UsageError: a runtime was to be found, and there is none.
    """
    # KServe asks for v1 where nothing is said, whatever else is there.
    runtime = chosen_runtime(wanted, runtimes, protocol=choice.protocol or "v1")
    if runtime is None and choice.protocol is None:
        runtime = chosen_runtime(wanted, runtimes)
    if choice.runtime not in (None, "auto"):
        named = checked_name(str(choice.runtime), dots=True)
        known = next((each for each in runtimes if each.name == named), None)
        return named, choice.protocol or (_only(known) if known else None), ()
    protocol = choice.protocol or (_only(runtime) if runtime else None)
    if runtime is not None:
        apart = f"the runtime {runtime.name!r} for {wanted.name!r} comes with {of}, but is not installed with it: see that it is there"
        return runtime.name if choice.runtime else None, protocol, (apart,) if runtime.apart else ()
    spoken = f" in protocol {choice.protocol!r}" if choice.protocol else ""
    if choice.runtime == "auto":
        raise UsageError(
            f"{of} has no runtime of its own for the format {wanted.name!r}{spoken}: name one with --runtime."
        )
    none = f"{of} has no runtime of its own for the format {wanted.name!r}{spoken}: --runtime names one"
    return None, protocol, (none,)


def served(
    resolution: Resolution, choice: Choice, runtimes: tuple[Runtime, ...] = KSERVE, *, of: str = "KServe"
) -> Served:
    """Return what every InferenceService says of its model, and what to say of that.

    Raises:
        UsageError: no format is known, or a name is none.
    """
    name, renamed = name_of(resolution, choice)
    wanted, doubts = format_of(resolution, choice, runtimes)
    runtime, protocol, others = _served_by(wanted, choice, runtimes, of=of)
    return Served(
        name,
        filled(modelFormat=filled(name=wanted.name, version=wanted.version), runtime=runtime),
        protocol,
        (*renamed, *doubts, *others),
    )


def inference_service_of(about: Manifest, predictor: Manifest) -> Manifest:
    """Return the object of these metadata and this predictor."""
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": about,
        "spec": {"predictor": predictor},
    }


def filled(**fields: Any) -> Manifest:
    """Return fields without those that hold nothing, in their order."""
    return {
        name: value
        for name, value in fields.items()
        if value is not None and not (isinstance(value, Mapping) and not value)
    }


def said(*parts: Iterable[str]) -> tuple[str, ...]:
    """Return sentences in their order, each once."""
    return tuple(dict.fromkeys(each for part in parts for each in part))


def _only(runtime: Runtime) -> str | None:
    """Return what a runtime speaks where that is not KServe's default, ``v1``."""
    return None if "v1" in runtime.protocols else runtime.protocols[0]
