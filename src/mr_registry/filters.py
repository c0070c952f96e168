"""What does the text of a filter query say?

    filter     := all (OR all)*
    all        := term (AND term)*
    term       := "(" filter ")" | comparison
    comparison := property (= | != | <> | > | < | >= | <=) value
                | property (LIKE | ILIKE) value
                | property IN "(" [value ("," value)*] ")"
    property   := name ("." name)* ["." (string_value | double_value | int_value | bool_value)]
                | anything in back quotes
    name       := letters, digits and "_"

Values are texts in single or double quotes, integers, floats, true and false. In a text a backslash stands before a
quote or a backslash, in a name before a back quote, a dot or a backslash; elsewhere it is itself, and no quote is
doubled. `--` begins a comment that ends with its line. AND, OR, LIKE, ILIKE and IN are in capitals, as other servers
want them, true and false in any case; all of them may be names too.

With back quotes the type is written inside them, which is the only place where other servers take it:
`my-accuracy.double_value`. So a property that is really called so needs its type behind that.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias, cast, get_args

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from mr_registry import decimals
from mr_registry.errors import BadRequest

ValueType = Literal["string_value", "double_value", "int_value", "bool_value"]
Operator = Literal["=", "!=", "<>", ">", "<", ">=", "<=", "LIKE", "ILIKE", "IN"]
Value: TypeAlias = "str | int | float | bool"

_LONGEST = 8 * 1024
_DEEPEST = 16
"""How often AND and OR may contain one another: SQLite's parser has a stack of a hundred symbols, and a level takes
three. Parentheses that change nothing do not count."""
_MOST_COMPARISONS = 100
"""Each is tried on every row: ten thousand rows take two seconds then, in which nobody else is answered. An IN is one."""

_HINT = (
    'Hint: String values must be quoted (e.g., name="value").'
    " Numbers and booleans don't need quotes (e.g., id>5, active=true)"
)

_GRAMMAR = r"""
?filter: all
    | all (_OR all)+                            -> either
?all: term
    | term (_AND term)+                         -> every
?term: "(" filter ")" | comparison
comparison: property (COMPARED | MATCHED) value -> comparison
    | property _IN "(" (value ("," value)*)? ")" -> membership
property: NAME ("." NAME)*                      -> property
    | QUOTED_NAME                               -> quoted_property
value: STRING                                   -> text
    | INTEGER                                   -> whole
    | FLOAT                                     -> decimal
    | BOOLEAN                                   -> truth

_OR: /OR\b/
_AND: /AND\b/
_IN: /IN\b/
MATCHED: /I?LIKE\b/
COMPARED: ">=" | "<=" | "!=" | "<>" | "=" | ">" | "<"
BOOLEAN: /(true|false)\b/i
NAME: /[a-zA-Z_][a-zA-Z0-9_]*/
QUOTED_NAME: /`(?:[^`\\]|\\.)*`/s
STRING: /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/s
FLOAT.2: /[-+]?[0-9]*\.[0-9]+(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+/
INTEGER.1: /[-+]?[0-9]+/
COMMENT: /--[^\r\n]*/
SPACE: /[ \t\n\f\r]+/
%ignore COMMENT
%ignore SPACE
"""


@dataclass(frozen=True, slots=True)
class Property:
    """What is compared: a field or a custom property, which the name alone does not tell."""

    name: str
    type: ValueType | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A property compared with one value, or by IN with any number of them."""

    property: Property
    operator: Operator
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """Terms joined by AND, two or more."""

    terms: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Terms joined by OR, two or more."""

    terms: tuple[Filter, ...]


Filter: TypeAlias = Comparison | Every | Either


def parse(text: str) -> Filter:
    """Return the filter that a text writes, or raise BadRequest."""
    if len(text) > _LONGEST:
        raise BadRequest(f"invalid filter query syntax: longer than {_LONGEST} characters")
    try:
        # The transformer runs inside the parser, so nothing here recurses, however deep the text.
        parsed = cast("Filter", _parser().parse(text))
    except (UnexpectedInput, _OutOfRange) as exc:
        raise BadRequest(f"invalid filter query syntax: {_explain(exc)}. {_HINT}") from exc
    _check_size(parsed)
    return parsed


class _OutOfRange(ValueError):
    """A number that no column can hold."""


@v_args(inline=True)
class _Builder(Transformer[Token, Filter]):
    def either(self, *terms: Filter) -> Filter:
        return Either(terms)

    def every(self, *terms: Filter) -> Filter:
        return Every(terms)

    def comparison(self, property_: Property, operator: Token, value: Value) -> Filter:
        return Comparison(property_, cast("Operator", str(operator)), (value,))

    def membership(self, property_: Property, *values: Value) -> Filter:
        return Comparison(property_, "IN", values)

    def property(self, *names: Token) -> Property:
        return _property(".".join(names))

    def quoted_property(self, token: Token) -> Property:
        return _property(re.sub(r"\\([`.\\])", r"\1", token[1:-1]))

    def text(self, token: Token) -> str:
        return re.sub(r"\\(['\"\\])", r"\1", token[1:-1])

    def whole(self, token: Token) -> int:
        try:
            return decimals.parse(token, 64)
        except ValueError as exc:
            raise _OutOfRange(exc) from exc

    def decimal(self, token: Token) -> float:
        number = float(token)
        if not math.isfinite(number):
            raise _OutOfRange(f'parsing "{token}": value out of range')
        return number

    def truth(self, token: Token) -> bool:
        return token.lower() == "true"


def _property(text: str) -> Property:
    name, dot, suffix = text.rpartition(".")
    if dot and suffix.lower() in get_args(ValueType):
        return Property(name, cast("ValueType", suffix.lower()))
    return Property(text)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", start="filter", transformer=_Builder())


def _explain(exc: Exception) -> str:
    """Return where the text cannot be read, as "line:column: …"."""
    if isinstance(exc, UnexpectedToken) and exc.token.type != "$END":
        return f"{exc.line}:{exc.column}: unexpected '{exc.token:.40}'"
    if isinstance(exc, UnexpectedCharacters):
        return f"{exc.line}:{exc.column}: unexpected '{exc.char}'"
    if isinstance(exc, UnexpectedInput):
        return "unexpected end of the filter query"
    return str(exc)


def _check_size(parsed: Filter) -> None:
    level: Sequence[Filter] = (parsed,)
    depth = comparisons = 0
    while level:
        groups = [each for each in level if not isinstance(each, Comparison)]
        comparisons += len(level) - len(groups)
        depth += 1 if groups else 0
        if depth > _DEEPEST:
            raise BadRequest(f"invalid filter query syntax: nested more than {_DEEPEST} levels deep")
        if comparisons > _MOST_COMPARISONS:
            raise BadRequest(
                f"invalid filter query syntax: more than {_MOST_COMPARISONS} comparisons, IN may save some"
            )
        level = [term for group in groups for term in group.terms]
