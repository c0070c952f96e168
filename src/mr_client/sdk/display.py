"""What of each kind of thing is worth a column, and how does one look in a notebook?

The generated classes know of no notebook: they are told here, once, how to show themselves. In what is
shown a web address has no password and no query, which may be secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

from mr_client.errors import MissingExtra
from mr_client.registry import (
    Dataset,
    Experiment,
    Metric,
    ModelArtifact,
    ModelVersion,
    Page,
    Parameter,
    RegisteredModel,
    RunRecord,
    properties_of,
    when,
)
from mr_client.resolver import Resolution
from mr_client.sdk.tables import Link, card, table
from mr_client.storage.locate import shown

__all__ = ["frame", "html_of", "html_table"]

Columns = Mapping[str, Callable[[Any], object]]
"""What stands in each column, of one thing. What is not there is None."""


def _plain(*names: str) -> dict[str, Callable[[Any], object]]:
    return {name: lambda item, name=name: getattr(item, name) or None for name in names}  # type: ignore[misc]


def _uri(item: Any) -> Link | None:
    return Link(shown(item.uri)) if item.uri else None


_GENERATED_TIMES: Columns = {
    "properties": properties_of,
    "created": lambda item: when(item.create_time_since_epoch),
    "updated": lambda item: when(item.last_update_time_since_epoch),
    "id": lambda item: item.id or None,
}
_COLUMNS: Mapping[type, Columns] = {
    RegisteredModel: {**_plain("name", "state", "owner", "description"), **_GENERATED_TIMES},
    ModelVersion: {**_plain("name", "state", "author", "description"), **_GENERATED_TIMES},
    ModelArtifact: {
        **_plain("name", "state"),
        "uri": _uri,
        **_plain("model_format_name", "model_format_version", "storage_key", "storage_path", "description"),
        **_GENERATED_TIMES,
    },
    Experiment: _plain("name", "state", "owner", "description", "properties", "created", "updated", "id"),
    RunRecord: _plain("name", "status", "state", "owner", "description", "properties", "started", "ended", "id"),
    Metric: {"name": lambda item: item.name, "value": lambda item: item.value, "step": lambda item: item.step}
    | _plain("time"),
    Parameter: {"name": lambda item: item.name, "value": lambda item: item.value},
    Dataset: {
        **_plain("name"),
        "uri": _uri,
        **_plain("digest", "source", "source_type", "schema", "profile"),
    },
    Resolution: {
        "asked": lambda item: str(item.requested),
        "registry": lambda item: Link(shown(item.registry)),
        "model": lambda item: item.model.name,
        "version": lambda item: item.version.name,
        "artifact": lambda item: item.artifact.name or item.artifact.id,
        "uri": _uri,
        "endpoint": lambda item: Link(shown(item.endpoint)) if item.endpoint else None,
        "region": lambda item: item.region,
        "digest": lambda item: item.digest,
        "warnings": lambda item: item.warnings,
    },
}
_IN_A_LINE: Mapping[type, tuple[str, ...]] = {
    RegisteredModel: ("name", "state", "id"),
    ModelVersion: ("name", "state", "id"),
    ModelArtifact: ("name", "uri", "state", "id"),
    Resolution: ("asked", "uri"),
}
"""What the plain text of those says that would say all they have, and more than that is empty."""


def html_of(kind: type, item: object) -> str:
    """Return ``item``, which has all that things of ``kind`` have, as a table of its own."""
    values = {name: of(item) for name, of in _COLUMNS[kind].items()}
    title = values.get("name")
    name = type(item).__name__
    return card(values, caption=f"{name} {title}" if title else name)


def html_table(kind: type, items: Iterable[object], *, caption: str, more: bool = False) -> str:
    """Return a table with a row for each of ``items``.

    Args:
        kind: what they are.
        items: all that is shown.
        caption: what they are called.
        more: whether there are others, which is said then.
    """
    columns = _COLUMNS[kind]
    rows = [[of(item) for of in columns.values()] for item in items]
    note = f"The first {len(rows)}; there are more." if more else "" if rows else "There are none."
    return table(list(columns), rows, caption=caption, note=note)


def frame(kind: type, items: Iterable[object]) -> Any:
    """Return a ``pandas.DataFrame`` with a row for each of ``items``, and ``properties.NAME`` for each property.

    Raises:
        MissingExtra: pandas is not installed.
    """
    try:
        pandas = import_module("pandas")
    except ImportError as error:
        raise MissingExtra("A frame needs pandas, which is not installed: pip install pandas") from error
    columns = dict.fromkeys(name for name in _COLUMNS[kind] if name != "properties")
    records: list[dict[str, object]] = []
    for item in items:
        record = {name: _bare(of(item)) for name, of in _COLUMNS[kind].items()}
        properties = record.pop("properties", None)
        if isinstance(properties, Mapping):
            record |= {f"properties.{name}": value for name, value in properties.items()}
        columns |= dict.fromkeys(record)
        records.append(record)
    return pandas.DataFrame.from_records(records, columns=list(columns))


def _bare(value: object) -> object:
    return value.text if isinstance(value, Link) else value


def _line_of(kind: type, item: object) -> str:
    said = {name: _bare(_COLUMNS[kind][name](item)) for name in _IN_A_LINE[kind]}
    return f"{kind.__name__}({', '.join(f'{name}={value!r}' for name, value in said.items() if value is not None)})"


def _page_html(page: Page[Any]) -> str:
    kind = type(page.items[0]) if page.items else RegisteredModel
    return html_table(kind, page.items, caption=f"{kind.__name__}s", more=page.more)


def _teach(kind: type, method: str, way: Callable[[Any], str]) -> None:
    setattr(kind, method, way)


for _kind in _COLUMNS:
    _teach(_kind, "_repr_html_", lambda item, kind=_kind: html_of(kind, item))  # type: ignore[misc]
for _kind in _IN_A_LINE:
    _teach(_kind, "__repr__", lambda item, kind=_kind: _line_of(kind, item))  # type: ignore[misc]
_teach(Page, "_repr_html_", _page_html)
