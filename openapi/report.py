"""What does a new version of the contract change for a user?

Both contracts are reduced to flat facts: an operation's parameters, a schema's fields, what each
may be. What differs is told, the same change in many places once, and what breaks a caller is
marked ``BREAKING``; what only makes a value's limits tighter, ``narrower``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from corrections import METHODS

_LIMITS = ("pattern", "minLength", "maxLength", "minimum", "maximum")
"""Keywords that say which values of a type are taken."""
_SHOWN = 4
"""How many owners of one change are named."""

Level = Literal["BREAKING", "narrower", ""]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a user of the contract would notice."""

    owner: str
    """``operation NAME`` or ``schema NAME``."""
    member: str
    """``parameter NAME``, ``field NAME`` or ``status NUMBER``; empty for the owner itself."""
    what: str
    level: Level = ""


@dataclass(frozen=True, slots=True)
class _Value:
    """What is said of a parameter or a field."""

    type: str
    required: bool
    enum: frozenset[str] = frozenset()
    limits: frozenset[str] = frozenset()
    format: str = ""


@dataclass(frozen=True, slots=True)
class _Operation:
    place: str
    parameters: dict[str, _Value]
    body: str
    statuses: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Schema:
    fields: dict[str, _Value]
    itself: _Value


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Return what differs between two contracts: operations first, then schemas."""
    return [
        *_operation_changes(_operations(old), _operations(new)),
        *_schema_changes(_schemas(old), _schemas(new)),
    ]


def report(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Return the changes as text, what breaks first."""
    found = changes(old, new)
    sizes = [(len(_operations(each)), len(each["components"]["schemas"])) for each in (old, new)]
    (operations, schemas), (operations_now, schemas_now) = sizes
    breaking = sum(change.level == "BREAKING" for change in found)
    head = f"operations {operations} -> {operations_now}, schemas {schemas} -> {schemas_now}; "
    head += (
        f"{len(found)} change{'s' if len(found) > 1 else ''}, {breaking} breaking"
        if found
        else "nothing changed for a user"
    )
    groups: dict[tuple[Level, str, str, str], list[str]] = {}
    for change in found:
        kind, owner = change.owner.split(" ", 1)
        groups.setdefault((change.level, kind, change.member, change.what), []).append(owner)
    order = ("BREAKING", "narrower", "")
    lines = [
        f"{level:<9} {_places(kind, member, owners)}: {what}"
        for (level, kind, member, what), owners in sorted(groups.items(), key=lambda group: order.index(group[0][0]))
    ]
    return "\n".join([head, *lines])


def _places(kind: str, member: str, owners: list[str]) -> str:
    named = ", ".join(owners[:_SHOWN]) + (", …" if len(owners) > _SHOWN else "")
    if not member:
        return f"{kind} {', '.join(owners)}"
    return f"{member} of {named}" if len(owners) <= _SHOWN else f"{member} of {len(owners)} {kind}s ({named})"


def _operation_changes(before: dict[str, _Operation], after: dict[str, _Operation]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        owner = f"operation {name}"
        if name not in after:
            yield Change(owner, "", f"removed (it was {before[name].place})", "BREAKING")
            continue
        new = after[name]
        if name not in before:
            yield Change(owner, "", f"added ({new.place})")
            continue
        old = before[name]
        if old.place != new.place:
            yield Change(owner, "", f"{old.place} is now {new.place}", "BREAKING")
        if old.body != new.body:
            yield Change(owner, "", f"body {old.body or 'none'} is now {new.body or 'none'}", "BREAKING")
        for status in sorted(old.statuses ^ new.statuses):
            # A caller looks for success where it was; an error more or less is handled already.
            gone = status in old.statuses and status.startswith("2")
            yield Change(
                owner,
                f"status {status}",
                "removed" if status in old.statuses else "added",
                "BREAKING" if gone else "",
            )
        yield from _member_changes(owner, "parameter", old.parameters, new.parameters)


def _schema_changes(before: dict[str, _Schema], after: dict[str, _Schema]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        owner = f"schema {name}"
        if name not in after:
            yield Change(owner, "", "removed", "BREAKING")
        elif name not in before:
            yield Change(owner, "", "added")
        else:
            yield from _value_changes(owner, "", before[name].itself, after[name].itself)
            yield from _member_changes(owner, "field", before[name].fields, after[name].fields)


def _member_changes(owner: str, noun: str, before: dict[str, _Value], after: dict[str, _Value]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        member = f"{noun} {name}"
        if name not in after:
            yield Change(owner, member, "removed", "BREAKING")
        elif name not in before:
            required = after[name].required
            yield Change(owner, member, "added, required" if required else "added", "BREAKING" if required else "")
        else:
            yield from _value_changes(owner, member, before[name], after[name])


def _value_changes(owner: str, member: str, old: _Value, new: _Value) -> Iterator[Change]:
    if old.type != new.type:
        yield Change(owner, member, f"type {old.type} is now {new.type}", "BREAKING")
    if old.required != new.required:
        yield Change(
            owner, member, "made required" if new.required else "made optional", "BREAKING" if new.required else ""
        )
    if old.format != new.format:
        yield Change(owner, member, f"format {old.format or 'none'} is now {new.format or 'none'}")
    if old.enum and not new.enum:
        yield Change(owner, member, f"may be anything now, it was one of {', '.join(sorted(old.enum))}")
    elif new.enum and not old.enum:
        yield Change(owner, member, f"only {', '.join(sorted(new.enum))} now, it was anything", "narrower")
    else:
        for value in sorted(old.enum - new.enum):
            yield Change(owner, member, f"value {value} removed", "BREAKING")
        for value in sorted(new.enum - old.enum):
            yield Change(owner, member, f"value {value} added")
    for limit in sorted(old.limits - new.limits):
        yield Change(owner, member, f"no longer limited by {limit}")
    for limit in sorted(new.limits - old.limits):
        yield Change(owner, member, f"limited by {limit}", "narrower")


def _operations(contract: dict[str, Any]) -> dict[str, _Operation]:
    found: dict[str, _Operation] = {}
    shared = contract["components"].get("parameters", {})
    for path, item in contract["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            listed = [*item.get("parameters", ()), *operation.get("parameters", ())]
            parameters = [shared[_last(each["$ref"])] if "$ref" in each else each for each in listed]
            content = operation.get("requestBody", {}).get("content", {})
            found[operation["operationId"]] = _Operation(
                place=f"{method.upper()} {path}",
                parameters={
                    each["name"]: _value(each.get("schema", {}), required=bool(each.get("required")))
                    for each in parameters
                },
                body=", ".join(_type(media.get("schema", {})) for media in content.values()),
                statuses=frozenset(operation.get("responses", {})),
            )
    return found


def _schemas(contract: dict[str, Any]) -> dict[str, _Schema]:
    """Return each schema with its fields, those of its bases included."""
    found: dict[str, _Schema] = {}
    for name, schema in contract["components"]["schemas"].items():
        fields: dict[str, dict[str, Any]] = {}
        required: set[str] = set()
        _flatten(schema, contract, fields, required)
        members = {_type(member) for member in schema.get("oneOf", ())}
        found[name] = _Schema(
            fields={field: _value(facts, required=field in required) for field, facts in fields.items()},
            # What a union may be is its set of values.
            itself=_value({"enum": members} if members else schema if "enum" in schema else {}, required=True),
        )
    return found


def _flatten(schema: dict[str, Any], contract: dict[str, Any], fields: dict[str, Any], required: set[str]) -> None:
    for part in schema.get("allOf", ()):
        _flatten(
            contract["components"]["schemas"][_last(part["$ref"])] if "$ref" in part else part,
            contract,
            fields,
            required,
        )
    for name, facts in schema.get("properties", {}).items():
        fields[name] = {**fields.get(name, {}), **facts}
    required.update(schema.get("required", ()))


def _value(facts: dict[str, Any], *, required: bool) -> _Value:
    limits = frozenset(f"{key} {facts[key]}" for key in _LIMITS if key in facts)
    return _Value(
        _type(facts), required, frozenset(map(str, facts.get("enum", ()))), limits, str(facts.get("format", ""))
    )


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _last(schema["$ref"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    if "allOf" in schema:
        return " & ".join(_type(part) for part in schema["allOf"])
    return str(schema.get("type", "any"))


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]
