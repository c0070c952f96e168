"""check.py: read manifests from stdin, a JSON list; print what is wrong with each, as a JSON list of lists of sentences.

It runs in an environment of its own, see ``kserve_models.py``. The models are generated from KServe's OpenAPI document:
they say which fields there are, of what type, and which must be there.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import sys
import types
from collections.abc import Iterator
from typing import Any

_PLAIN: dict[str, Any] = {"str": str, "int": int, "bool": bool, "float": (int, float)}
_KINDS = {"v1alpha1": "V1alpha1", "v1beta1": "V1beta1"}


def _models(*packages: str) -> Any:
    """Import the models of a package without the rest of it, which would need a server's libraries."""
    for name in packages:
        spec = importlib.util.find_spec(name)
        package = types.ModuleType(name)
        package.__path__ = list(getattr(spec, "submodule_search_locations", None) or ())
        sys.modules[name] = package
    return importlib.import_module(f"{packages[-1]}.models")


KSERVE, KUBERNETES = _models("kserve"), _models("kubernetes", "kubernetes.client")


def faults(value: Any, kind: str, where: str) -> Iterator[str]:
    """Yield what of ``value`` is not of ``kind``, as the models write types."""
    if inner := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(value, list):
            yield f"{where} is no list"
        else:
            for index, each in enumerate(value):
                yield from faults(each, inner[1], f"{where}[{index}]")
    elif inner := re.fullmatch(r"dict\(str, (.*)\)", kind):
        if not isinstance(value, dict):
            yield f"{where} is no mapping"
        else:
            for key, each in value.items():
                yield from faults(each, inner[1], f"{where}.{key}")
    elif kind in _PLAIN:
        if not isinstance(value, _PLAIN[kind]) or (kind != "bool" and isinstance(value, bool)):
            yield f"{where} is no {kind}"
    elif (model := getattr(KSERVE, kind, None) or getattr(KUBERNETES, kind, None)) is not None:
        yield from _of(value, model, where)
    elif kind in ("ResourceQuantity", "IntOrString", "K8sIoApimachineryPkgApiResourceQuantity"):
        if not isinstance(value, (str, int)):
            yield f"{where} is no {kind}"
    else:
        yield f"{where}: no model of the kind {kind}"


def _of(value: Any, model: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is no mapping"
        return
    fields = {json_name: name for name, json_name in model.attribute_map.items()}
    for key, each in value.items():
        if key not in fields:
            yield f"{where}.{key} is no field of {model.__name__}"
        else:
            yield from faults(each, model.openapi_types[fields[key]], f"{where}.{key}")
    try:
        model(**{fields[key]: each for key, each in value.items() if key in fields})
    except ValueError as error:  # a field that must be there, or a value that may not
        yield f"{where}: {error}"


def main() -> None:
    found = []
    for manifest in json.load(sys.stdin):
        group, _, version = manifest["apiVersion"].rpartition("/")
        model = f"{_KINDS[version]}{manifest['kind']}" if group else f"V1{manifest['kind']}"
        found.append(list(faults(manifest, model, manifest["kind"])))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
