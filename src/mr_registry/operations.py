"""What does each operation on a collection do?

An operation takes the database and a call, and returns an answer or raises a Refusal. They are made for a collection:
`fetch(MODEL_VERSIONS)` is the operation that answers with one model version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from mr_registry import answers, bodies, conditions, decimals, paging, records
from mr_registry.bodies import Draft
from mr_registry.database import Database, Transaction
from mr_registry.documents import JSON
from mr_registry.errors import BadRequest, NotFound
from mr_registry.kinds import ARTIFACT_KINDS, Collection, Kind
from mr_registry.paging import Page
from mr_registry.records import Record, Selection

_LONGEST_NAME = 255
_UUID_PREFIX = 37


@dataclass(frozen=True, slots=True)
class Call:
    """What an operation is called with: what a request says, apart from its method and its route."""

    id: str = ""
    """The id in the path, as sent."""
    query: Mapping[str, str] = field(default_factory=dict)
    """The parameters that the contract lists for the path; empty ones count as absent and are left out."""
    body: bytes = b""
    like_upstream: bool = False
    """Whether to do what other servers do, even where that surprises."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call is answered with."""

    document: Mapping[str, JSON]
    status: int = 200


Operation = Callable[[Database, Call], Answer]


def create(collection: Collection) -> Operation:
    """Make the operation that stores a new resource; its parent, if it has one, is named in the body."""

    def operation(database: Database, call: Call) -> Answer:
        document = bodies.parse(call.body)
        kind = bodies.kind_of(collection, document)
        values = bodies.read(kind.create_body, document, ignore_unknown=collection.polymorphic)
        # Bodies of any kind of artifact get no defaults: without a state they stay without, as on other servers.
        draft = new_draft(kind, values, defaults=not collection.polymorphic)
        with database.writing() as transaction:
            orphaned = call.like_upstream and kind.orphaned_upstream
            parent_id = _parent_in_body(transaction, collection, kind, values, orphaned=orphaned)
            check_name(kind, draft, parent_id)
            return Answer(answers.resource(records.insert(transaction, kind, draft, parent_id)), 201)

    return operation


def create_below(collection: Collection, parents: Collection) -> Operation:
    """Make the operation that stores a new resource below the one in the path, whichever parent the body names.

    A body with an `id`, where the contract lets it have one, changes that resource instead; servers answer 201 to
    that too.
    """
    (kind,) = collection.kinds

    def operation(database: Database, call: Call) -> Answer:
        document = bodies.parse(call.body)
        values = bodies.read(kind.below_body, document)
        with database.writing() as transaction:
            parent = existing(transaction, parents, call.id)
            sent_id = bodies.text(values, "id")
            if sent_id is None:
                draft = new_draft(kind, values, defaults=True)
                check_name(kind, draft, parent.id)
                record = records.insert(transaction, kind, draft, parent.id)
            else:
                known = existing(transaction, collection, sent_id)
                if known.parent_id != parent.id:
                    raise NotFound(f"no {kind.label} found for id {known.id} below {parents.label} {parent.id}")
                if call.like_upstream:
                    values = bodies.with_resets(kind.update_body, values, document)
                record = change(transaction, known, values)
            return Answer(answers.resource(record), 201)

    return operation


def fetch(collection: Collection) -> Operation:
    """Make the operation that answers with the resource in the path."""

    def operation(database: Database, call: Call) -> Answer:
        with database.reading() as transaction:
            return Answer(answers.resource(existing(transaction, collection, call.id)))

    return operation


def update(collection: Collection) -> Operation:
    """Make the operation that changes what the body names and keeps the rest."""

    def operation(database: Database, call: Call) -> Answer:
        document = bodies.parse(call.body)
        kind = bodies.kind_of(collection, document)
        values = bodies.read(kind.update_body, document, ignore_unknown=collection.polymorphic)
        if call.like_upstream and not collection.polymorphic:
            values = bodies.with_resets(kind.update_body, values, document)
        with database.writing() as transaction:
            record = existing(transaction, collection, call.id)
            if record.kind != kind:
                raise BadRequest(
                    f"cannot change artifact type from {record.kind.artifact_type} to {kind.artifact_type}"
                )
            return Answer(answers.resource(change(transaction, record, values)))

    return operation


def find(collection: Collection) -> Operation:
    """Make the operation that answers with the one resource of a name, or else of an external id."""

    def operation(database: Database, call: Call) -> Answer:
        selection = _wanted(collection, call.query, like_upstream=call.like_upstream)
        with database.reading() as transaction:
            found = records.select(transaction, selection, Page(), 2)
        if len(found) == 1:
            return Answer(answers.resource(found[0]))
        asked = ["name", "parentResourceId", "externalId"] if collection.below else ["name", "externalId"]
        asked_for = ", ".join(f"{name}={call.query.get(name, '')}" for name in asked)
        raise NotFound(f"{'multiple' if found else 'no'} {collection.label}s found for {asked_for}")

    return operation


def list_all(
    collection: Collection, parents: Collection | None = None, *, parent_must_exist: bool = False
) -> Operation:
    """Make the operation that answers with a page of a collection, or of the part of it below the parent in the path.

    A parent that does not exist has no children, which is no error unless it must exist.
    In filter queries `<>` means `!=`; a registry like upstream makes it `=`.
    """

    def operation(database: Database, call: Call) -> Answer:
        page = paging.read_page(call.query)
        kinds = _kinds_asked(collection, call.query.get("artifactType"))
        query = call.query.get("filterQuery", "")
        selection = Selection(
            collection.family,
            kinds,
            parent_id=read_id(parents.label, call.id) if parents else None,
            name=call.query.get("name"),
            external_id=call.query.get("externalId"),
            condition=conditions.read(query, kinds or collection.kinds, like_upstream=call.like_upstream),
            steps=_steps_asked(call.query.get("stepIds", "")),
        )
        with database.reading() as transaction:
            if parents and parent_must_exist:
                existing(transaction, parents, call.id)
            # One row more than asked tells whether there is another page.
            found = records.select(transaction, selection, page, page.size + 1 if page.size > 0 else -1)
        more = 0 < page.size < len(found)
        return Answer(answers.listing(found[: page.size] if more else found, page, more=more))

    return operation


def read_id(label: str, text: str) -> int:
    """Return the id that a text writes, or raise BadRequest."""
    try:
        return decimals.parse(text, 32)
    except ValueError as exc:
        raise BadRequest(f"invalid {label} ID: {exc}") from exc


def existing(transaction: Transaction, collection: Collection, sent_id: str) -> Record:
    """Return the resource of an id, or raise NotFound; an id of another kind is not found either."""
    number = read_id(collection.label, sent_id)
    found = records.select(transaction, Selection(collection.family, collection.kinds, id=number), Page())
    if not found:
        raise NotFound(f"no {collection.label} found for id {sent_id}")
    return found[0]


def new_draft(kind: Kind, values: Mapping[str, JSON], *, defaults: bool) -> Draft:
    """Return what a new resource is made of, or raise BadRequest."""
    check_value(kind, values)
    if defaults:
        values = bodies.with_defaults(kind.create_body, values)
    _check_references(kind, values)
    bodies.check_times(values)
    return bodies.draft(values, kind.create_body, without=kind.parent_field)


def check_value(kind: Kind, values: Mapping[str, JSON]) -> None:
    """Raise BadRequest where a kind needs `value` and there is none."""
    if kind.needs_value and "value" not in values:
        raise BadRequest(f"{kind.label} value is required")


def check_name(kind: Kind, draft: Draft, parent_id: int | None) -> None:
    """Raise BadRequest for a name that other servers have no room for.

    They keep "<parent's id>:<name>" in 255 characters, and "<uuid>:<name>" where an artifact has no parent.
    """
    prefix = len(f"{parent_id}:") if parent_id is not None else _UUID_PREFIX if kind.family == "artifacts" else 0
    longest = _LONGEST_NAME - prefix
    if draft.name is not None and len(draft.name) > longest:
        raise BadRequest(f"name of a {kind.label} is longer than {longest} characters")


def change(transaction: Transaction, record: Record, values: Mapping[str, JSON], **set_fields: JSON) -> Record:
    """Store what of the values may change in a resource that exists, and the fields that the registry sets itself."""
    _check_references(record.kind, values)
    draft = bodies.draft(values, record.kind.update_body)
    bodies.check_times({**record.fields, **draft.fields})
    return records.change(transaction, record, replace(draft, fields={**draft.fields, **set_fields}))


def _check_references(kind: Kind, values: Mapping[str, JSON]) -> None:
    for name, label in kind.references.items():
        if sent := bodies.text(values, name):
            read_id(label, sent)


def _parent_in_body(
    transaction: Transaction, collection: Collection, kind: Kind, values: Mapping[str, JSON], *, orphaned: bool
) -> int | None:
    if collection.below is None or not kind.parent_field:
        return None
    number = read_id(collection.below.label, bodies.text(values, kind.parent_field) or "")
    parents = Selection(collection.below.family, collection.below.kinds, id=number)
    if not orphaned and not records.select(transaction, parents, Page()):
        # Other servers store an orphan version here, which nobody can reach by its model.
        raise NotFound(f"no {collection.below.label} found for id={number}")
    return number


def _wanted(collection: Collection, query: Mapping[str, str], *, like_upstream: bool) -> Selection:
    name, parent, external_id = query.get("name"), query.get("parentResourceId"), query.get("externalId")
    parent_id = read_id("parent resource", parent) if parent and collection.below else None
    if like_upstream and name and (parent_id is not None or collection.below is None or external_id):
        # Names are stored there as "<parent's id>:<name>". Contexts are looked up by both where the parent is known;
        # all else by what follows any colon, which may be one in the name itself.
        anywhere = collection.below is not None and (parent_id is None or collection.family == "artifacts")
        name_like = ("%:" if anywhere else ":") + name
        return Selection(collection.family, collection.kinds, parent_id=parent_id, name_like=name_like)
    if name and (parent_id is not None or collection.below is None):
        return Selection(collection.family, collection.kinds, parent_id=parent_id, name=name)
    if external_id:
        return Selection(collection.family, collection.kinds, parent_id=parent_id, external_id=external_id)
    name_word = "artifactName" if collection.family == "artifacts" else "name"
    either = f"({name_word} and parentResourceId)," if collection.below else name_word
    raise BadRequest(f"invalid parameters call, supply either {either} or externalId")


def _kinds_asked(collection: Collection, artifact_type: str | None) -> tuple[Kind, ...] | None:
    if artifact_type is None:
        # All kinds of a family need no condition, and then the order can come from an index.
        return None if collection.polymorphic else collection.kinds
    if artifact_type not in ARTIFACT_KINDS:
        raise BadRequest(f"invalid artifact type '{artifact_type}', must be one of {', '.join(ARTIFACT_KINDS)}")
    return (ARTIFACT_KINDS[artifact_type],)


def _steps_asked(steps: str) -> tuple[int, ...] | None:
    sent = [step for each in steps.split(",") if (step := each.strip())]
    try:
        return tuple(decimals.parse(step, 64) for step in sent) or None
    except ValueError as exc:
        raise BadRequest(f"invalid stepIds: {exc}") from exc
