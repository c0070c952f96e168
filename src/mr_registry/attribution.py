"""How does an artifact become one of a model version's, or of an experiment run's?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mr_registry import answers, bodies, records
from mr_registry.database import Database, Transaction
from mr_registry.documents import JSON
from mr_registry.errors import BadRequest
from mr_registry.kinds import ARTIFACTS, METRIC_HISTORY, Collection, Kind
from mr_registry.operations import Answer, Call, Operation, change, check_name, check_value, existing, new_draft
from mr_registry.paging import Page
from mr_registry.records import Record, Selection


def upsert(parents: Collection) -> Operation:
    """Make the operation that stores an artifact below the resource in the path.

    With an `id` in the body, an artifact that exists is changed and becomes one of this parent's too. Without, a new
    one is stored, unless it is a metric or parameter whose name this parent has: that one is changed. What a metric
    is then becomes an entry of a run's history.
    """
    keeps_history = parents == METRIC_HISTORY.below

    def operation(database: Database, call: Call) -> Answer:
        document = bodies.parse(call.body)
        kind = bodies.kind_of(ARTIFACTS, document)
        values = bodies.read(kind.body, document, ignore_unknown=True)
        check_value(kind, values)
        with database.writing() as transaction:
            parent = existing(transaction, parents, call.id)
            sent_id = bodies.text(values, "id")
            if sent_id is not None:
                known = _of_kind(existing(transaction, ARTIFACTS, sent_id), kind)
                record, status = change(transaction, known, values, **_marks(parent)), 200
            else:
                record, status = _store(transaction, kind, parent, values), kind.attributed_status
            records.attribute(transaction, record, parent.id)
            if keeps_history and kind in METRIC_HISTORY.kinds:
                records.keep_history(transaction, record, parent.id)
            return Answer(answers.resource(record), status)

    return operation


def _store(transaction: Transaction, kind: Kind, parent: Record, values: Mapping[str, JSON]) -> Record:
    draft = new_draft(kind, values, defaults=False)
    check_name(kind, draft, parent.id)
    if kind.changed_by_name and draft.name is not None:
        selection = Selection(kind.family, (kind,), parent_id=parent.id, name=draft.name)
        for known in records.select(transaction, selection, Page()):
            return change(transaction, known, values, **_marks(parent))
    return records.insert(transaction, kind, replace(draft, fields={**draft.fields, **_marks(parent)}))


def _marks(parent: Record) -> dict[str, JSON]:
    """Return the fields by which an artifact names its parent, and the parent above that."""
    if not parent.kind.artifact_field:
        return {}
    return {parent.kind.parent_field: str(parent.parent_id), parent.kind.artifact_field: str(parent.id)}


def _of_kind(artifact: Record, kind: Kind) -> Record:
    if artifact.kind != kind:
        raise BadRequest(f"artifact with id {artifact.id} is not a {kind.label}")
    return artifact
