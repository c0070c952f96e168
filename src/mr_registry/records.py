"""How are resources written to and read from the database?

Every function works inside a transaction that its caller holds.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from mr_registry import documents
from mr_registry.bodies import Draft
from mr_registry.conditions import Condition
from mr_registry.database import Transaction
from mr_registry.documents import JSON
from mr_registry.errors import Conflict
from mr_registry.kinds import KINDS, Family, Kind
from mr_registry.paging import Page

_SELECT: Mapping[Family, str] = {
    "contexts": "SELECT id, kind, parent_id, name, external_id, create_time, update_time, fields, properties"
    " FROM contexts",
    "artifacts": "SELECT id, kind, NULL, name, external_id, create_time, update_time, fields, properties"
    " FROM artifacts",
    "executions": "SELECT id, kind, parent_id, name, external_id, create_time, update_time, fields, properties"
    " FROM executions",
    "history": "SELECT id, kind, parent_id, name, external_id, create_time, update_time, fields, properties"
    " FROM history",
}
_INSERT: Mapping[Family, str] = {
    "contexts": "INSERT INTO contexts"
    " (kind, parent_id, name, external_id, create_time, update_time, fields, properties)"
    " VALUES (:kind, :parent_id, :name, :external_id, :now, :now, :fields, :properties)",
    "artifacts": "INSERT INTO artifacts"
    " (kind, name, external_id, create_time, update_time, fields, properties)"
    " VALUES (:kind, :name, :external_id, :now, :now, :fields, :properties)",
    "executions": "INSERT INTO executions"
    " (kind, parent_id, name, external_id, create_time, update_time, fields, properties)"
    " VALUES (:kind, :parent_id, :name, :external_id, :now, :now, :fields, :properties)",
}
_UPDATE: Mapping[Family, str] = {
    "contexts": "UPDATE contexts SET external_id = :external_id, update_time = :now, fields = :fields,"
    " properties = :properties WHERE id = :id",
    "artifacts": "UPDATE artifacts SET external_id = :external_id, update_time = :now, fields = :fields,"
    " properties = :properties WHERE id = :id",
}
_BELOW: Mapping[Family, str] = {
    "contexts": "parent_id = ?",
    "artifacts": "id IN (SELECT artifact_id FROM attributions WHERE context_id = ?)",
    "executions": "parent_id = ?",
    "history": "parent_id = ?",
}


@dataclass(frozen=True, slots=True)
class Record:
    """A resource as it is stored."""

    id: int
    kind: Kind
    parent_id: int | None
    name: str
    external_id: str | None
    create_time: int
    update_time: int
    fields: Mapping[str, JSON]
    properties: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records of a family are meant; None where it does not matter."""

    family: Family
    kinds: tuple[Kind, ...] | None = None
    id: int | None = None
    parent_id: int | None = None
    name: str | None = None
    external_id: str | None = None
    condition: Condition | None = None
    name_like: str | None = None
    """A pattern of LIKE that ":" and the name have to match."""
    steps: tuple[int, ...] | None = None


def insert(transaction: Transaction, kind: Kind, draft: Draft, parent_id: int | None = None) -> Record:
    """Store a new resource, or raise Conflict. One without a name gets one."""
    row = {
        "kind": kind.name,
        "parent_id": parent_id,
        "name": draft.name or str(uuid.uuid4()),
        "external_id": draft.external_id or None,
        "now": transaction.now,
        "fields": documents.write(draft.fields),
        "properties": documents.write(draft.properties or {}),
    }
    try:
        cursor = transaction.connection.execute(_INSERT[kind.family], row)
    except sqlite3.IntegrityError as exc:
        raise _conflict(transaction, kind, str(row["name"]), draft.external_id) from exc
    return _one(transaction, Selection(kind.family, id=cursor.lastrowid))


def change(transaction: Transaction, record: Record, draft: Draft) -> Record:
    """Store what the draft names, keep the rest, or raise Conflict. Kind and name never change."""
    external_id = record.external_id if draft.external_id is None else draft.external_id or None
    properties = record.properties if draft.properties is None else draft.properties
    row = {
        "id": record.id,
        "external_id": external_id,
        "now": transaction.now,
        "fields": documents.write({**record.fields, **draft.fields}),
        "properties": documents.write(properties),
    }
    try:
        transaction.connection.execute(_UPDATE[record.kind.family], row)
    except sqlite3.IntegrityError as exc:
        raise _conflict(transaction, record.kind, record.name, external_id) from exc
    return _one(transaction, Selection(record.kind.family, id=record.id))


def attribute(transaction: Transaction, artifact: Record, context_id: int) -> None:
    """Make an artifact one of a context's, if it is not yet; raise Conflict where the name is taken there."""
    try:
        transaction.connection.execute(
            "INSERT INTO attributions (context_id, artifact_id, kind, name) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (context_id, artifact_id) DO NOTHING",
            (context_id, artifact.id, artifact.kind.name, artifact.name),
        )
    except sqlite3.IntegrityError as exc:
        raise Conflict(f"{artifact.kind.label} with name {artifact.name} already exists") from exc


def keep_history(transaction: Transaction, metric: Record, run_id: int) -> None:
    """Keep what a metric is now as an entry of a run's history."""
    transaction.connection.execute(
        "INSERT INTO history (kind, parent_id, name, create_time, update_time, fields, properties)"
        " SELECT kind, ?, name, ?, ?, fields, properties FROM artifacts WHERE id = ?",
        (run_id, transaction.now, transaction.now, metric.id),
    )


def select(transaction: Transaction, selection: Selection, page: Page, limit: int = -1) -> list[Record]:
    """Return the records of a page in its order, at most `limit`; -1 for all."""
    where, values = _where(selection)
    direction, beyond = ("DESC", "<") if page.descending else ("ASC", ">")
    if page.after is not None:
        where += f" AND ({page.column}, id) {beyond} (?, ?)"
        values += [page.after.id if page.column == "id" else page.after.value, page.after.id]
    # With the plus, SQLite finds a name by its index and sorts the few rows it has; without, it walks all rows in order.
    plus = "+" if selection.name is not None else ""
    order = f"{plus}{page.column} {direction}, {plus}id {direction}"
    statement = f"{_SELECT[selection.family]} WHERE {where} ORDER BY {order} LIMIT ?"
    return [_record(row) for row in transaction.connection.execute(statement, [*values, limit])]


def _one(transaction: Transaction, selection: Selection) -> Record:
    (record,) = select(transaction, selection, Page())
    return record


def _where(selection: Selection) -> tuple[str, list[int | str]]:
    terms: list[str] = ["TRUE"]
    values: list[int | str] = []
    if selection.kinds is not None:
        terms.append(f"kind IN ({', '.join('?' for _ in selection.kinds)})")
        values += [kind.name for kind in selection.kinds]
    if selection.parent_id is not None:
        terms.append(_BELOW[selection.family])
        values.append(selection.parent_id)
    for column, value in (("id", selection.id), ("name", selection.name), ("external_id", selection.external_id)):
        if value is not None:
            terms.append(f"{column} = ?")
            values.append(value)
    if selection.condition is not None:
        terms.append(selection.condition.sql)
        values += selection.condition.values
    if selection.name_like is not None:
        terms.append("matches(?, ':' || name, FALSE)")
        values.append(selection.name_like)
    if selection.steps is not None:
        # One value, however many steps are asked for: SQLite limits how many a statement has.
        terms.append("json_extract(fields, '$.step') IN (SELECT value FROM json_each(?))")
        values.append(documents.write(list(selection.steps)))
    return " AND ".join(terms), values


def _conflict(transaction: Transaction, kind: Kind, name: str, external_id: str | None) -> Conflict:
    if external_id and select(transaction, Selection(kind.family, external_id=external_id), Page(), 1):
        return Conflict(f"{kind.label} with name {name} or externalId {external_id} already exists")
    return Conflict(f"{kind.label} with name {name} already exists")


def _record(row: tuple[int, str, int | None, str, str | None, int, int, str, str]) -> Record:
    record_id, kind, parent_id, name, external_id, create_time, update_time, fields, properties = row
    return Record(
        record_id,
        KINDS[kind],
        parent_id,
        name,
        external_id,
        create_time,
        update_time,
        json.loads(fields),
        json.loads(properties),
    )
