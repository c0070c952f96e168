"""What does a kustomization give? As much of kustomize as ``deploy/`` uses, so that its tests need pip alone.

Where kustomize or kubectl is there, a test holds the two against one another.
"""

from __future__ import annotations

import copy
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

__all__ = ["TOOL", "documents", "kustomization", "rendered", "rendered_by_tool"]

TOOL = next(
    (
        command
        for program, command in (("kustomize", ["kustomize", "build"]), ("kubectl", ["kubectl", "kustomize"]))
        if shutil.which(program)
    ),
    None,
)
"""The real one, None where there is none."""

_KNOWN = {"apiVersion", "kind", "resources", "components", "configurations", "patches", "images"}


def kustomization(folder: Path) -> dict[str, Any]:
    """Return a folder's kustomization."""
    loaded: dict[str, Any] = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert set(loaded) <= _KNOWN, f"{folder}: {sorted(set(loaded) - _KNOWN)} is not known here"
    return loaded


def documents(text: str) -> Iterator[dict[str, Any]]:
    """Yield the documents of a YAML text."""
    yield from (each for each in yaml.safe_load_all(text) if each)


def rendered(folder: Path) -> list[dict[str, Any]]:
    """Return the manifests of a kustomization: its resources, then what components and patches make of them."""
    manifests: list[dict[str, Any]] = []
    for name in kustomization(folder).get("resources", []):
        there = folder / name
        manifests += rendered(there) if there.is_dir() else documents(there.read_text())
    return _changed(folder, copy.deepcopy(manifests))


def rendered_by_tool(folder: Path) -> list[dict[str, Any]]:
    """Return what the real kustomize gives."""
    assert TOOL is not None
    built = subprocess.run([*TOOL, str(folder)], capture_output=True, text=True, check=True, timeout=60)
    return list(documents(built.stdout))


def _changed(folder: Path, manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    content = kustomization(folder)
    for name in content.get("components", []):
        manifests = _changed(folder / name, manifests)
    for patch in content.get("patches", []):
        said = yaml.safe_load(patch["patch"] if "patch" in patch else (folder / patch["path"]).read_text())
        target = patch.get("target") or {"kind": said["kind"], "name": said["metadata"]["name"]}
        hit = [
            each
            for each in manifests
            if each["kind"] == target["kind"] and target.get("name") in (None, each["metadata"]["name"])
        ]
        assert hit, f"{folder}: a patch has no target"
        if "target" in patch and isinstance(said, dict):
            said["metadata"].pop("name")  # what is patched, the target says
        for each in hit:
            if isinstance(said, dict):
                _merge(each, said)
            else:
                for operation in said:
                    _apply(each, operation)
    if "images" in content:
        fields = [field for name in content.get("configurations", []) for field in _image_fields(folder / name)]
        for image in content["images"]:
            for manifest in manifests:
                for path in (path for kind, path in fields if kind == manifest["kind"]):
                    _set_image(manifest, path, image)
                for container in _containers(manifest):
                    _set_image(container, ["image"], image)
    return manifests


def _containers(node: Any) -> Iterator[dict[str, Any]]:
    """Yield the containers of pods, wherever in a manifest they are."""
    for key, value in node.items() if isinstance(node, dict) else ():
        if key in ("containers", "initContainers"):
            yield from value
        else:
            yield from _containers(value)


def _merge(node: dict[str, Any], patch: dict[str, Any]) -> None:
    """Apply a merge patch, RFC 7386."""
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(node.get(key), dict):
            _merge(node[key], value)
        elif value is None:
            node.pop(key, None)
        else:
            node[key] = value


def _image_fields(file: Path) -> Iterator[tuple[str, list[str]]]:
    for field in yaml.safe_load(file.read_text())["images"]:
        yield field["kind"], field["path"].split("/")


def _set_image(manifest: dict[str, Any], path: list[str], image: dict[str, str]) -> None:
    *above, last = path
    node: Any = manifest
    for key in above:
        node = node[key]
    if node[last] == image["name"]:
        node[last] = f"{image['newName']}:{image['newTag']}"


def _apply(manifest: dict[str, Any], operation: dict[str, Any]) -> None:
    """Apply an operation of RFC 6902."""
    *above, last = operation["path"].strip("/").split("/")
    node: Any = manifest
    for key in above:
        node = node[int(key)] if isinstance(node, list) else node[key]
    key = int(last) if isinstance(node, list) and last != "-" else last
    match operation["op"]:
        case "test":
            assert node[key] == operation["value"]
        case "replace":
            assert key in range(len(node)) if isinstance(node, list) else key in node
            node[key] = operation["value"]
        case "add" if last == "-":
            node.append(operation["value"])
        case "add":
            node[key] = operation["value"]
        case op:
            raise AssertionError(f"{op} is not known here")
