"""How is a manifest written? The same text for the same manifest, on every machine.

Keys stand in the order they were put in, as people write manifests. Readers differ in what they take for a number
or a truth value (``1e3``, ``0o7``, ``y``: YAML 1.1 and 1.2, Kubernetes' reader and others); so a text stands without quotes
only if no reader can take it for anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from mr_client.errors import MissingExtra, UsageError

__all__ = ["from_yaml", "to_yaml"]

_PLAIN = re.compile(r"[A-Za-z/](?:[-A-Za-z0-9_./@%+=]|:(?=[-A-Za-z0-9_./@%+=]))*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"})


def to_yaml(manifests: Iterable[Mapping[str, Any]]) -> str:
    """Return manifests as one YAML text, ``---`` between them.

    Raises:
        MissingExtra: PyYAML is not installed.
    """
    yaml = _yaml()

    class Writer(yaml.SafeDumper):  # type: ignore[misc, name-defined]
        def ignore_aliases(self, data: object) -> bool:
            return True

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
            return super().increase_indent(flow, False)  # the items of a list are indented

    def text(writer: Any, value: str) -> Any:
        plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
        return writer.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')

    Writer.add_representer(str, text)
    written: str = yaml.dump_all(
        manifests, Dumper=Writer, sort_keys=False, default_flow_style=False, allow_unicode=True, width=float("inf")
    )
    return written


def from_yaml(text: str) -> list[Any]:
    """Return the documents of a YAML text.

    Raises:
        UsageError: it is none.
        MissingExtra: PyYAML is not installed.
    """
    yaml = _yaml()
    try:
        return list(yaml.safe_load_all(text))
    except yaml.YAMLError as error:
        raise UsageError(
            f"The manifest that is there is no YAML ({' '.join(str(error).split())}): mend or remove it."
        ) from error


def _yaml() -> Any:
    try:
        return import_module("yaml")
    except ImportError as error:
        raise MissingExtra("Rendering needs PyYAML, which is not installed: pip install 'mr-client[render]'") from error
