"""Which SQL condition does a filter query stand for?

Whatever the text says is bound as a value; SQL is made of the words in this module alone.

A name is a field where the contract gives one to the kind of resource, else a custom property. The kinds of one list
may differ in that: `value` is a number in metrics and a text in parameters. Each kind is asked in its own way then, and
a comparison is refused where no kind has the type for it.

A property that a resource does not have is NULL, and no comparison with NULL holds: `stage != 'test'` finds those that
have another stage, not those that have none. So do servers, which look for a row of the property.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mr_registry import decimals, filters
from mr_registry.contract import Field
from mr_registry.errors import BadRequest
from mr_registry.filters import Comparison, Every, Filter, Operator, Property, Value, ValueType
from mr_registry.kinds import Kind

Bound: TypeAlias = "int | str"
_Type = Literal["text", "integer", "double", "number", "boolean"]
"""What an operand is; a number is an integer or a double."""

_COLUMNS: Mapping[str, str] = {
    "id": "id",
    "name": "name",
    "externalId": "external_id",
    "createTimeSinceEpoch": "create_time",
    "lastUpdateTimeSinceEpoch": "update_time",
}
_REFERENCES = frozenset(
    {
        "experimentId",
        "experimentRunId",
        "inferenceServiceId",
        "modelVersionId",
        "registeredModelId",
        "servingEnvironmentId",
    }
)
"""Fields that hold the id of another resource. The contract does not always say that these texts are integers."""

_STORED: Mapping[_Type, str] = {
    "text": "(SELECT json_extract(value, '$.string_value') FROM json_each(properties) WHERE key = ?)",
    "integer": "(SELECT CAST(json_extract(value, '$.int_value') AS INTEGER) FROM json_each(properties) WHERE key = ?)",
    "double": "(SELECT json_extract(value, '$.double_value') FROM json_each(properties) WHERE key = ?)",
    "number": "(SELECT coalesce(CAST(json_extract(value, '$.int_value') AS INTEGER), json_extract(value, '$.double_value'))"
    " FROM json_each(properties) WHERE key = ?)",
    "boolean": "(SELECT json_extract(value, '$.bool_value') FROM json_each(properties) WHERE key = ?)",
}
"""The value of a custom property. Its name is a value too, and no path of JSON, in which not every name can be written."""

_TYPES: Mapping[ValueType, _Type] = {
    "string_value": "text",
    "int_value": "integer",
    "double_value": "double",
    "bool_value": "boolean",
}
_FIELD_TYPES: Mapping[str, _Type] = {"integer": "integer", "number": "double", "boolean": "boolean"}
_COMPARED: Mapping[Operator, str] = {
    "=": "=",
    "!=": "!=",
    "<>": "!=",
    ">": ">",
    "<": "<",
    ">=": ">=",
    "<=": "<=",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of SQL for the rows of a family, and the values of its question marks in their order."""

    sql: str
    values: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class _Operand:
    """The left side of a comparison."""

    sql: str
    type: _Type
    values: tuple[Bound, ...] = ()
    bits: int = 32
    """What an integer has to fit: other servers keep all but times in columns of 32 bits."""


class _Mismatch(Exception):
    """A value is of a type that its property cannot have."""


def read(text: str, kinds: Sequence[Kind], *, like_upstream: bool = False) -> Condition | None:
    """Return the condition of a filter query on resources of some kinds, None for an empty one; or raise BadRequest.

    `like_upstream` runs `<>` as `=`, as servers do.
    """
    if not text.strip():
        return None
    return _condition(filters.parse(text), kinds, {**_COMPARED, "<>": "="} if like_upstream else _COMPARED)


def _condition(query: Filter, kinds: Sequence[Kind], compared: Mapping[Operator, str]) -> Condition:
    if isinstance(query, Comparison):
        return _comparison(query, kinds, compared)
    terms = [_condition(term, kinds, compared) for term in query.terms]
    return _joined(" AND " if isinstance(query, Every) else " OR ", terms)


def _comparison(comparison: Comparison, kinds: Sequence[Kind], compared: Mapping[Operator, str]) -> Condition:
    alike: dict[Condition, list[Kind]] = {}
    for kind in kinds:
        try:
            alike.setdefault(_of_kind(comparison, kind, compared), []).append(kind)
        except _Mismatch:
            continue
    if not alike:
        raise BadRequest("invalid filter query, type mismatch or invalid value in comparison")
    if list(alike.values()) == [list(kinds)]:
        return next(iter(alike))
    return _joined(" OR ", [_joined(" AND ", [_is_one_of(some), condition]) for condition, some in alike.items()])


def _of_kind(comparison: Comparison, kind: Kind, compared: Mapping[Operator, str]) -> Condition:
    if comparison.operator == "IN":
        return _membership(comparison, kind)
    (value,) = comparison.values
    left = _operand(comparison.property, kind, value)
    right = _bound(left, value)
    if comparison.operator in compared:
        return Condition(f"{left.sql} {compared[comparison.operator]} {right.sql}", left.values + right.values)
    if left.type != "text" or not isinstance(value, str):
        raise _Mismatch
    ignore_case = int(comparison.operator == "ILIKE")
    return Condition(f"matches(?, {left.sql}, ?)", (value, *left.values, ignore_case))


def _membership(comparison: Comparison, kind: Kind) -> Condition:
    """Return what holds where `=` would for one of the values.

    They have to be texts for a custom property without a type: other servers look for it among the texts.
    """
    if _is_untyped(comparison.property, kind) and not all(isinstance(value, str) for value in comparison.values):
        raise _Mismatch
    choices: dict[_Operand, list[Condition]] = {}
    for value in comparison.values:
        operand = _operand(comparison.property, kind, value)
        choices.setdefault(operand, []).append(_bound(operand, value))
    if not choices:
        return Condition("FALSE")
    return _joined(
        " OR ",
        [
            Condition(
                f"{left.sql} IN ({', '.join(each.sql for each in rights)})",
                left.values + tuple(value for each in rights for value in each.values),
            )
            for left, rights in choices.items()
        ],
    )


def _is_one_of(kinds: Sequence[Kind]) -> Condition:
    return Condition(f"kind IN ({', '.join('?' for _ in kinds)})", tuple(kind.name for kind in kinds))


def _joined(word: str, terms: Sequence[Condition]) -> Condition:
    return Condition(f"({word.join(term.sql for term in terms)})", tuple(_chain(term.values for term in terms)))


def _chain(values: Iterable[tuple[Bound, ...]]) -> Iterable[Bound]:
    return (value for some in values for value in some)


def _is_untyped(property_: Property, kind: Kind) -> bool:
    return property_.type is None and _field(property_, kind) is None


def _field(property_: Property, kind: Kind) -> Field | None:
    """Return the field that is meant, None for a custom property."""
    field = kind.body.fields.get(property_.name)
    return None if field is None or field.type == "properties" else field


def _operand(property_: Property, kind: Kind, value: Value) -> _Operand:
    asked = _TYPES[property_.type] if property_.type else None
    field = _field(property_, kind)
    if field is None:
        wanted = asked or _type_of(value)
        return _Operand(_STORED[wanted], wanted, (property_.name,))
    known = _known(kind, field)
    if asked not in (None, known.type) and {asked, known.type} != {"integer", "double"}:
        raise _Mismatch
    return known


def _known(kind: Kind, field: Field) -> _Operand:
    if field.name == "artifactType":
        return _Operand("?", "text", (kind.artifact_type,))
    if field.name == kind.parent_field:
        return _Operand("parent_id", "integer")
    is_integer = field.format == "int64" or field.name in _REFERENCES
    kind_of_value: _Type = "integer" if is_integer else _FIELD_TYPES.get(field.type, "text")
    bits = 32 if field.type == "integer" or field.name == "id" or field.name in _REFERENCES else 64
    if field.name in _COLUMNS:
        return _Operand(_COLUMNS[field.name], kind_of_value, bits=bits)
    sql = "json_extract(fields, ?)"
    return _Operand(f"CAST({sql} AS INTEGER)" if is_integer else sql, kind_of_value, (f'$."{field.name}"',), bits)


def _type_of(value: Value) -> _Type:
    # bool comes first: it is an int to Python.
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "number"
    return "double" if isinstance(value, float) else "text"


def _bound(operand: _Operand, value: Value) -> Condition:
    """Return the right side of a comparison, or raise _Mismatch."""
    if isinstance(value, str) and operand.type == "integer":
        # Ids, times and int values are texts of digits in the API, so that they may be written like that here too.
        try:
            return Condition("?", (decimals.parse(value, operand.bits),))
        except ValueError as exc:
            raise _Mismatch from exc
    given = _type_of(value)
    if given != operand.type and not (
        given in ("number", "double") and operand.type in ("integer", "double", "number")
    ):
        raise _Mismatch
    if given == "number" and operand.type != "double" and not decimals.fits(int(value), operand.bits):
        raise _Mismatch
    if isinstance(value, float):
        # Read from a text by SQLite, as what it is compared with is, so that both are rounded in the same way.
        return Condition("CAST(? AS REAL)", (repr(value),))
    return Condition("?", (value,))
