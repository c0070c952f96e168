"""Which models does a ``models.json`` name?

The file is KServe's (kserve/kserve, ``pkg/modelconfig/configmap.go``), made of TrainedModels:

.. code-block:: json

    [{"modelName": "iris", "modelSpec": {"storageUri": "s3://models/iris", "framework": "sklearn", "memory": "1Gi"}}]
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from mr_client.errors import UsageError

__all__ = ["InvalidModels", "ModelSpec", "Reading", "is_name", "read_models"]

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
"""What TrainedModel admits (``^[a-zA-Z0-9_-]+$``), and dots within: never a path, never one of our own folders."""

_NO_PART_OF_A_URI = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
"""Control characters, and halves of characters: no store has them, and a line of a log must stay one."""


_KINDS = {dict: "an object", list: "a list", str: "a text", int: "a number", float: "a number", bool: "a bool"} | {
    type(None): "null"
}
"""What JSON calls a value. The value itself is not repeated: a URI in it may hold a signature."""


class InvalidModels(UsageError):
    """A ``models.json`` says nothing that could be followed."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model that is wanted."""

    name: str
    uri: str = field(repr=False)
    """Where its files are. May hold a signature: ``mr_client.storage.locate.shown`` says how to show it."""
    framework: str = ""
    memory: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a ``models.json`` says."""

    models: tuple[ModelSpec, ...]
    unclear: frozenset[str] = frozenset()
    """Names whose entries cannot be followed: what is there of them stays as it is."""
    problems: tuple[str, ...] = ()
    """A sentence for each entry that cannot be followed."""


def is_name(name: object) -> bool:
    """Return whether a model may be called so: its folder has this name, and the server's URL."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def read_models(text: str, source: str = "models.json") -> Reading:
    """Read the content of a ``models.json``; ``null`` and nothing at all name no model, as in KServe.

    An entry that cannot be followed does not keep the others from being followed.

    Args:
        text: the content.
        source: how to call the file in a message.

    Raises:
        InvalidModels: it is no list in JSON, for instance because it is half written.
    """
    try:
        entries = json.loads(text) if text.strip() else []
    except (ValueError, RecursionError) as error:
        raise InvalidModels(
            f"{source} is no JSON ({error}): what is there stays as it is until it can be read."
        ) from None
    if entries is None:
        entries = []
    if not isinstance(entries, list):
        raise InvalidModels(
            f"{source} holds no list of models, but {_KINDS[type(entries)]}: what is there stays as it is until it does."
        )
    good: dict[str, list[ModelSpec]] = {}
    unclear: set[str] = set()
    problems: list[str] = []
    for number, entry in enumerate(entries, 1):
        name = entry.get("modelName") if isinstance(entry, dict) else None
        try:
            spec = _spec(entry, f"Entry {number} of {source}")
        except InvalidModels as error:
            problems.append(str(error))
            if isinstance(name, str) and is_name(name):
                unclear.add(name)
        else:
            good.setdefault(spec.name, []).append(spec)
    for name in _differing(good.values()):
        problems.append(
            f"{source} names the model {name!r} {len(good[name])} times, with different specs: leave one of them."
        )
        unclear.add(name)
    models = tuple(specs[0] for name, specs in good.items() if name not in unclear)
    return Reading(models, frozenset(unclear), tuple(problems))


def _spec(entry: object, where: str) -> ModelSpec:
    if not isinstance(entry, dict):
        raise InvalidModels(f'{where} is {_KINDS[type(entry)]}, not {{"modelName": …, "modelSpec": …}}: correct it.')
    name, spec = entry.get("modelName"), entry.get("modelSpec")
    if not isinstance(name, str) or not is_name(name):
        raise InvalidModels(
            f"{where} has the modelName {_quoted(name)}, which is no name: use letters, digits, '-', '_' and '.'."
        )
    uri = spec.get("storageUri") if isinstance(spec, dict) else None
    if not isinstance(spec, dict) or not isinstance(uri, str) or not uri.strip():
        raise InvalidModels(f"{where}, {name!r}, has no storageUri in its modelSpec: say where its files are.")
    if _NO_PART_OF_A_URI.search(uri):
        raise InvalidModels(
            f"{where}, {name!r}, has a storageUri with a control character or half a character in it: take it out."
        )
    return ModelSpec(name, uri, framework=str(spec.get("framework") or ""), memory=str(spec.get("memory") or ""))


def _differing(groups: Iterable[list[ModelSpec]]) -> list[str]:
    return sorted(specs[0].name for specs in groups if len(set(specs)) > 1)


def _quoted(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
