"""Which resources does ``where={…}`` mean, and what of it can a server be asked?

Servers cannot be left alone with a filter. Those before 0.3.0 ignore ``filterQuery``; those of
MySQL take ``Prod`` for ``prod``, so that ``!=`` loses rows there; names of versions are stored with
their model's id before them; a float is compared with doubles alone; quotes at the ends of a value
are cut off. So each condition is decided here, on the plain values, and the server is sent what
leaves out none of the rows that hold: often the condition itself, sometimes less, sometimes nothing.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mr_client.errors import UsageError

__all__ = ["Condition", "Kind", "Where", "check_text", "conditions", "holds", "narrowing"]

Kind = Literal["model", "version", "artifact"]
Where = str | Mapping[str, Any]
"""A filter query, which is the server's affair, or conditions that must all hold: name → value or (operator, value)."""

_WHOLE = frozenset({"id", "createTimeSinceEpoch", "lastUpdateTimeSinceEpoch", "registeredModelId"})
"""Fields that are texts of digits in the API, and whole numbers to a filter."""
_COMMON = frozenset(
    {"id", "name", "description", "externalId", "createTimeSinceEpoch", "lastUpdateTimeSinceEpoch", "state"}
)
_SOURCE = frozenset(f"modelSource{part}" for part in ("Kind", "Class", "Group", "Id", "Name"))
_STORAGE = frozenset(
    {"uri", "storageKey", "storagePath", "serviceAccountName", "modelFormatName", "modelFormatVersion"}
)
_FIELDS: Mapping[Kind, frozenset[str]] = {
    "model": _COMMON | {"owner", "libraryName", "license", "maturity", "provider", "readme"},
    "version": _COMMON | {"author", "registeredModelId"},
    "artifact": _COMMON | _SOURCE | _STORAGE,
}
"""The API's names. Any other is a custom property."""
_DECIDED_HERE: Mapping[Kind, frozenset[str]] = {
    "model": frozenset({"libraryName", "license", "maturity", "provider", "readme"}),  # properties to upstream's server
    "version": frozenset({"name"}),  # stored as "<model id>:<name>", and compared as that or by LIKE
    "artifact": frozenset({"name", "state"}),  # likewise; a state may be absent
}
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_OPERATORS = ("=", "!=", *_ORDER, "in", "like", "ilike")
_TYPES = ("string_value", "double_value", "int_value", "bool_value")
_PLAIN_NAME = re.compile(r"(?!(?i:and|or|in|like|ilike|true|false)\Z)[A-Za-z_][A-Za-z0-9_]*")
_INT32 = range(-(2**31), 2**31)
_LIKE = re.compile(r"\\(.)|(%)|(_)|(.)", re.DOTALL)
_TEXTS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`|--[^\r\n]*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of one field or custom property."""

    name: str
    operator: str
    value: Any
    """Of an ``in``, a tuple."""
    field: bool
    """Whether ``name`` is one of the API's fields."""


def conditions(where: Mapping[str, Any], kind: Kind) -> tuple[Condition, ...]:
    """Read a mapping.

    Args:
        where: name → what it must be, or → ``(operator, value)``. Operators are ``=``, ``!=``, ``>``, ``>=``, ``<``,
            ``<=``, ``in`` (a list), and ``like`` and ``ilike`` (``%`` stands for any text, ``_`` for one character, a
            backslash takes that from them). Values are texts, finite numbers and truth values.
        kind: of what; it decides which names are fields.

    Raises:
        UsageError: an operator is not known, or a value cannot be compared; the message names it.
    """
    return tuple(_condition(name, value, kind) for name, value in where.items())


def _condition(name: object, value: Any, kind: Kind) -> Condition:
    if not isinstance(name, str) or not name:
        raise UsageError(f"where has the name {name!r}: name a field or a property.")
    spelled = _camel(name)
    if spelled != name and spelled in _FIELDS[kind]:
        raise UsageError(f"where has {name!r}: the field is written {spelled!r} there, as the registry does.")
    word: Any = "="
    if isinstance(value, tuple):
        if len(value) != 2:
            raise UsageError(f"where has {name!r}: {value!r}: give a value, or (operator, value).")
        word, value = value
    word = {"==": "="}.get(word, word.lower()) if isinstance(word, str) else word
    if word not in _OPERATORS:
        raise UsageError(f"where has the operator {word!r} for {name!r}: give one of {', '.join(_OPERATORS)}.")
    field = name in _FIELDS[kind]
    if word == "in":
        if isinstance(value, str | bytes) or not isinstance(value, list | tuple | set | frozenset):
            raise UsageError(f"where has {name!r} in {value!r}: give a list of values.")
        return Condition(name, word, tuple(_value(name, each, field) for each in value), field)
    if word in ("like", "ilike") and (not isinstance(value, str) or (field and name in _WHOLE)):
        raise UsageError(f"where has {name!r} {word} {value!r}: only texts are like something.")
    if word in _ORDER and isinstance(value, bool):
        raise UsageError(f"where has {name!r} {word} {value!r}: truth values have no order.")
    return Condition(name, word, _value(name, value, field), field)


def _value(name: str, value: Any, field: bool) -> Any:
    if field and name in _WHOLE:
        text = str(value)
        if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise UsageError(f"where compares {name!r} with {value!r}: it is a whole number.")
        return int(text)
    if field and not isinstance(value, str):
        raise UsageError(f"where compares {name!r} with {value!r}: it is a text.")
    if not isinstance(value, str | bool | int | float) or (isinstance(value, float) and not math.isfinite(value)):
        raise UsageError(
            f"where compares {name!r} with {type(value).__name__} {value!r}: give a text, a finite number or a truth "
            'value, or ("in", [value, …]).'
        )
    return value


def holds(condition: Condition, actual: object) -> bool:
    """Return whether ``condition`` holds of what a resource has.

    Of what is absent (None) nothing holds, ``!=`` neither: so do servers. Numbers are compared as numbers, texts by
    code points, capitals apart from small letters. A whole number beyond 32 bits is found by ``=`` and ``in`` alone.
    """
    if condition.field and condition.name in _WHOLE:
        actual = int(actual) if isinstance(actual, str) and actual.isdecimal() else None
    word, value = condition.operator, condition.value
    if word == "in":
        return any(_same(actual, each) for each in value)
    if not _alike(actual, value):
        return False
    if word in ("like", "ilike"):
        return _pattern(value, word == "ilike").fullmatch(str(actual)) is not None
    if word in _ORDER:
        kept_as_json = not condition.field and isinstance(actual, int) and actual not in _INT32
        return not kept_as_json and _ORDER[word](actual, value)
    return bool(actual == value) == (word == "=")


def _alike(actual: object, value: object) -> bool:
    """Return whether the two can be compared: bool is no number here."""
    if isinstance(actual, bool) or isinstance(value, bool):
        return isinstance(actual, bool) and isinstance(value, bool)
    numbers = isinstance(actual, int | float) and isinstance(value, int | float)
    return numbers or (isinstance(actual, str) and isinstance(value, str))


def _same(actual: object, value: object) -> bool:
    return _alike(actual, value) and actual == value


def _pattern(like: str, ignore_case: bool) -> re.Pattern[str]:
    pieces = (
        re.escape(escaped or plain) if escaped or plain else ".*" if many else "."
        for escaped, many, _, plain in _LIKE.findall(re.sub(r"(?<!\\)%+", "%", like))
    )
    return re.compile("".join(pieces), re.DOTALL | (re.IGNORECASE if ignore_case else re.NOFLAG))


def narrowing(given: tuple[Condition, ...], kind: Kind) -> str | None:
    """Return a filter query that no row fails for which all conditions hold; None where there is none."""
    return " AND ".join(filter(None, (_sent(each, kind) for each in given))) or None


def _sent(condition: Condition, kind: Kind) -> str | None:
    """Return the condition as a server may be asked it, or a weaker one; None where it is decided here."""
    name, word, value = _name(condition), condition.operator, condition.value
    if name is None or condition.name in _DECIDED_HERE[kind]:
        return None
    if condition.field and condition.name in _WHOLE:
        values = value if word == "in" else (value,)
        if not values or not ("Time" in name or all(each in _INT32 for each in values)):
            return None
        return f"{name} IN ({', '.join(map(str, values))})" if word == "in" else f"{name} {word} {value}"
    if word == "in":
        texts = [_quoted(each) for each in value]
        return f"{name} IN ({', '.join(filter(None, texts))})" if texts and None not in texts else None
    if isinstance(value, str):
        text = _quoted(value)
        if text is None or word not in ("=", "like", "ilike") or (word == "ilike" and not value.isascii()):
            return None  # order and difference of texts are the database's collation
        return f"{name} {word.upper()} {text}"
    if isinstance(value, bool):
        return f"{name} {word} {str(value).lower()}" if word in ("=", "!=") else None
    if word in _ORDER:
        # Of a float, servers compare doubles alone; of a whole number, int values as well.
        bound = math.floor(value) if word[0] == ">" else math.ceil(value)
        return f"{name} {word[0]}= {bound}" if bound in _INT32 else None
    if word == "=" and value == math.floor(value):
        return f"{name} = {int(value)}" if int(value) in _INT32 else None
    return f"{name} = {value!r}" if word == "=" and "e" not in repr(value) else None


def _name(condition: Condition) -> str | None:
    """Return the name as a filter query writes it; None where none could be sure to be read as that."""
    name = condition.name
    if condition.field or _PLAIN_NAME.fullmatch(name):
        return name
    if name.rpartition(".")[2].lower() in _TYPES or not name.isprintable() or set(name) & set("`\\"):
        return None
    return f"`{name}`"


def _quoted(value: object) -> str | None:
    """Return a text as a filter query writes it; None where servers may read it otherwise."""
    if not isinstance(value, str) or not value or not value.isprintable() or set(value) & set("\\'\""):
        return None
    return f"'{value}'"


def check_text(query: str) -> None:
    """Return if the text of a filter query may be sent.

    Raises:
        UsageError: it is empty, or holds ``<>``, which servers read as ``=``.
    """
    if not query.strip():
        raise UsageError("where is empty: leave it out to have everything.")
    if "<>" in _TEXTS.sub(" ", query):
        raise UsageError(f"where={query!r} holds '<>', which servers take for '=': write '!='.")


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)
