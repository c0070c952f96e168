"""A manifest as a folder for GitOps: what stays, and for each stage the few lines that another version changes.

.. code-block:: text

    DIR/base/kustomization.yaml, manifest.yaml              what all versions have in common
    DIR/overlays/STAGE/kustomization.yaml, version.yaml     which version the stage has: a merge patch (RFC 7386)

``kustomize build DIR/overlays/STAGE`` gives the whole. To promote is to write ``version.yaml`` anew.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path

from mr_client.errors import TransferError, UsageError
from mr_client.manifests.labels import checked_name
from mr_client.manifests.provenance import DIGEST, MODEL, MODEL_ID, REQUESTED, VERSION_ID
from mr_client.manifests.rendered import Manifest
from mr_client.manifests.yaml_text import from_yaml, to_yaml

__all__ = ["kustomization", "written"]

_KINDS = ("InferenceService", "TrainedModel")
_OF_A_VERSION = (
    ("metadata", "labels", VERSION_ID),
    ("metadata", "annotations", REQUESTED),
    ("metadata", "annotations", DIGEST),
    ("metadata", "annotations", "serving.kserve.io/secretKey"),
    ("metadata", "annotations", "serving.kserve.io/schemaPath"),
    ("spec", "predictor", "serviceAccountName"),
    ("spec", "predictor", "model", "modelFormat", "version"),
    ("spec", "predictor", "model", "storageUri"),
    ("spec", "predictor", "model", "storage"),
    ("spec", "predictor", "storageUris"),
    ("spec", "model", "storageUri"),
)
"""What may differ from version to version. Not a TrainedModel's memory: its webhook lets nobody change that."""
_OF_A_PATCH = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))
_VERSION = "version.yaml"
_MANIFEST = "base/manifest.yaml"


def kustomization(manifest: Manifest, stage: str) -> dict[str, str]:
    """Return the files of a kustomization, by their paths in its folder.

    Args:
        manifest: an InferenceService, also of ModelMesh, or a TrainedModel.
        stage: name of the overlay, such as ``production``.

    Raises:
        UsageError: a manifest of another kind, or a stage that is no name.
        MissingExtra: PyYAML is not installed.
    """
    if manifest["kind"] not in _KINDS:
        raise UsageError(
            f"A {manifest['kind']} has no versions to promote: --kustomize is for the kinds {', '.join(_KINDS)}."
        )
    overlay = f"overlays/{checked_name(stage)}"
    base = copy.deepcopy(manifest)
    patch: Manifest = {key: manifest[key] for key in ("apiVersion", "kind")}
    # A patch finds its target by both.
    patch["metadata"] = {key: manifest["metadata"][key] for key in ("name", "namespace") if key in manifest["metadata"]}
    for path in _OF_A_VERSION:
        _move(path, base, patch)
    return {
        "base/kustomization.yaml": _list(resources=["manifest.yaml"]),
        _MANIFEST: to_yaml([base]),
        f"{overlay}/kustomization.yaml": _list(resources=["../../base"], patches=[{"path": _VERSION}]),
        f"{overlay}/{_VERSION}": to_yaml([patch]),
    }


def written(files: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    """Write the files of a kustomization; of what is there already, only the version is written anew.

    Returns:
        What to know of it, a sentence each.

    Raises:
        UsageError: the folder is another model's, or the version that is there says what would be lost.
        TransferError: it cannot be read or written.
    """
    said = []
    try:
        if (folder / _MANIFEST).exists():
            _check_same(files[_MANIFEST], folder / _MANIFEST)
        for name in files:
            if (path := folder / name).name == _VERSION and path.exists():
                _check_only_version(path)
        for name, text in files.items():
            path = folder / name
            if path.exists() and path.name != _VERSION:
                if name == _MANIFEST and (there := path.read_text(encoding="utf-8")) != text:
                    said.append(f"{str(path)!r} {_kept(there, text)}")
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise TransferError(
            f"The kustomization cannot be written to {str(folder)!r}: {error.strerror or error}."
        ) from error
    return tuple(said)


def _move(path: tuple[str, ...], base: Manifest, patch: Manifest) -> None:
    """Move what stands at a path, where it does, and leave no empty mapping behind."""
    above = [base]
    for key in path[:-1]:
        inner = above[-1].get(key)
        if not isinstance(inner, dict):
            return
        above.append(inner)
    if path[-1] not in above[-1]:
        return
    for key in path[:-1]:
        patch = patch.setdefault(key, {})
    patch[path[-1]] = above[-1].pop(path[-1])
    for outer, key in zip(reversed(above[:-1]), reversed(path[:-1]), strict=True):
        if not outer[key] and key in ("labels", "annotations"):
            del outer[key]


def _check_same(text: str, path: Path) -> None:
    """Raise UsageError if the base that is there is of another object, or another model's: names can collide."""
    (new,), old = from_yaml(text), from_yaml(path.read_text(encoding="utf-8"))
    there = old[0] if len(old) == 1 and isinstance(old[0], dict) else {}
    for what, one, other in (
        ("of the kind", there.get("kind"), new["kind"]),
        ("called", _about(there).get("name"), _about(new).get("name")),
        ("of the model", _model(there), _model(new)),
    ):
        if one != other:
            raise UsageError(
                f"{str(path)!r} is {what} {one!r}, and this would be {other!r}: choose another folder, or another --name."
            )


def _check_only_version(path: Path) -> None:
    """Raise UsageError if somebody has written what is none of a version's into the file that is written anew."""
    for manifest in from_yaml(path.read_text(encoding="utf-8")):
        for field in _fields(manifest):
            if not any(field[: len(known)] == known for known in (*_OF_A_PATCH, *_OF_A_VERSION)):
                raise UsageError(
                    f"{str(path)!r} is written anew, and has {'.'.join(field)!r}, which is not of a version and would be lost: "
                    f"move it to {_MANIFEST!r}, or to a patch of its own beside it."
                )


def _fields(node: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the paths of what is no mapping, or an empty one."""
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _fields(value, (*above, str(key)))
    elif above:
        yield above


def _kept(there: str, new: str) -> str:
    """Return why the base that is there is not the one that would be written."""
    old, now = (_memory(from_yaml(text)[0]) for text in (there, new))
    if old == now:
        return "stays as it is, and would be written otherwise today: remove it to have it anew"
    return (
        f"keeps the memory {old!r}, where this version would have {now!r}: KServe lets nobody change a TrainedModel's, so to "
        "have it otherwise remove the file, and the object from the cluster"
    )


def _memory(manifest: Manifest) -> object:
    model = (manifest.get("spec") or {}).get("model") if manifest.get("kind") == "TrainedModel" else None
    return model.get("memory") if isinstance(model, dict) else None


def _about(manifest: Manifest) -> Manifest:
    about = manifest.get("metadata")
    return about if isinstance(about, dict) else {}


def _model(manifest: Manifest) -> object:
    about = _about(manifest)
    return ((about.get("labels") or {}).get(MODEL_ID), (about.get("annotations") or {}).get(MODEL))


def _list(**fields: object) -> str:
    return to_yaml([{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **fields}])
