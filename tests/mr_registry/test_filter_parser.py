"""Filter queries as texts, and LIKE as patterns."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mr_registry.errors import BadRequest
from mr_registry.filters import Comparison, Either, Every, Filter, Property, Value, parse
from mr_registry.patterns import matches

A, B, C, D = (Comparison(Property(name), "=", (1,)) for name in "abcd")


def _values(text: str) -> tuple[Value, ...]:
    parsed = parse(f"p IN ({text})")
    assert isinstance(parsed, Comparison)
    return parsed.values


def _property(text: str) -> Property:
    parsed = parse(f"{text} = 1")
    assert isinstance(parsed, Comparison)
    return parsed.property


STRUCTURES: list[tuple[str, Filter]] = [
    ("a = 1", A),
    ("((a = 1))", A),
    ("a = 1 AND b = 1 AND c = 1", Every((A, B, C))),
    ("a = 1 OR b = 1 OR c = 1", Either((A, B, C))),
    ("a = 1 OR b = 1 AND c = 1 OR d = 1", Either((A, Every((B, C)), D))),
    ("(a = 1 OR b = 1) AND (c = 1 OR d = 1)", Every((Either((A, B)), Either((C, D))))),
    ("a=1 AND b=1\nOR\tc=1", Either((Every((A, B)), C))),
    ("-- first\na = 1 -- AND b = 1\r\nAND c = 1 --", Every((A, C))),
]


@pytest.mark.parametrize(("text", "parsed"), STRUCTURES)
def test_and_binds_more_closely_than_or(text: str, parsed: Filter) -> None:
    """Parentheses group, white space and comments separate."""
    assert parse(text) == parsed


@pytest.mark.parametrize("operator", ["=", "!=", "<>", ">", "<", ">=", "<=", "LIKE", "ILIKE"])
def test_an_operator_needs_no_space_around_it(operator: str) -> None:
    """A word needs one before it."""
    text = f"a{' ' if operator.isalpha() else ''}{operator}'x'"

    assert repr(parse(text)) == repr(Comparison(Property("a"), operator, ("x",)))  # type: ignore[arg-type]


VALUES: list[tuple[str, Value]] = [
    ("'it is'", "it is"),
    ('"it\'s"', "it's"),
    (r"'it\'s'", "it's"),
    (r'"a\"b"', 'a"b'),
    (r"'a\\'", "a\\"),
    (r"'a\\\'b'", "a\\'b"),
    (r"'50\% \n'", r"50\% \n"),
    ("'\"quoted\"'", '"quoted"'),
    ("''", ""),
    ("'-- no comment'", "-- no comment"),
    ("'a\nb'", "a\nb"),
    ("'ünïcode 🙂'", "ünïcode 🙂"),
    ("0", 0),
    ("-7", -7),
    ("+7", 7),
    ("9223372036854775807", 9223372036854775807),
    ("0.5", 0.5),
    (".5", 0.5),
    ("-1.0", -1.0),
    ("1e-5", 1e-5),
    ("1.5E+3", 1500.0),
    ("2E0", 2.0),
    ("true", True),
    ("FALSE", False),
    ("True", True),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_a_value_has_the_type_it_is_written_in(text: str, value: Value) -> None:
    """Backslashes stand before quotes and backslashes; quotes within the other quotes are kept."""
    assert repr(_values(text)) == repr((value,))


def test_in_takes_any_number_of_values() -> None:
    """None as well."""
    assert _values("") == ()
    assert repr(_values(" 1 ,'b',true,2.0 ")) == repr((1, "b", True, 2.0))


PROPERTIES = [
    ("framework", Property("framework")),
    ("_x1", Property("_x1")),
    ("a.b.c", Property("a.b.c")),
    ("budget.double_value", Property("budget", "double_value")),
    ("a.b.INT_VALUE", Property("a.b", "int_value")),
    ("`mlflow.source.type`", Property("mlflow.source.type")),
    ("`custom-metric`", Property("custom-metric")),
    ("`custom-metric.double_value`", Property("custom-metric", "double_value")),
    ("`a.int_value.bool_value`", Property("a.int_value", "bool_value")),
    (r"`a\`b\.c\\d\e`", Property(r"a`b.c\d\e")),
    ('`it\'s "so"`', Property('it\'s "so"')),
    ("``", Property("")),
    ("string_value", Property("string_value")),
    *((word, Property(word)) for word in ("and", "AND", "OR", "in", "LIKE", "true")),
]


@pytest.mark.parametrize(("text", "parsed"), PROPERTIES)
def test_a_property_is_a_name_and_perhaps_a_type(text: str, parsed: Property) -> None:
    """Back quotes allow any name; a keyword is one where no keyword can stand."""
    assert _property(text) == parsed


BROKEN = [
    "name = ",
    'name "test"',
    '(name = "test"',
    'name === "test"',
    'name = "test")',
    "name",
    "-- name = 'x'",
    "()",
    "name = test",
    "name = 'it''s'",
    "name = 'open",
    "name = 'x' AND",
    "OR name = 'x'",
    "name = 'x' name = 'y'",
    "name = 'x' ANDname = 'y'",
    "name = 'x' ORname = 'y'",
    "`open = 1",
    "`custom-metric`.double_value = 1",
    "`a`.b = 1",
    "a.`b c` = 1",
    "name like 'x'",
    "name ilike 'x'",
    "name Like 'x'",
    "name in ('x')",
    "a = 1 and b = 1",
    "a = 1 or b = 1",
    "a = 1 Or b = 1",
    "a.1 = 1",
    "a. = 1",
    "1 = 1",
    "é = 1",
    "a = 1.",
    "a = --1",
    "a = 0x1",
    "a == 1",
    "a = (1)",
    "a IN 1",
    "a IN (1",
    "a IN (1,)",
    "a IN (b)",
    "a IN ((1))",
    "NOT a = 1",
    "a NOT IN (1)",
    "a IS NULL",
    "a BETWEEN 1 AND 2",
    "a = NULL",
    "a = 1; DROP TABLE contexts",
    "a = 9223372036854775808",
    "a = 1e999",
    f"a = {'9' * 6000}",
    "(" * 8000,
    "(" * 4000 + "a = 1" + ")" * 3999,
]


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:40])
def test_what_is_no_filter_is_a_bad_request(text: str) -> None:
    """The message gives the hint that servers give."""
    with pytest.raises(BadRequest) as refused:
        parse(text)

    message = refused.value.message
    assert message.startswith("invalid filter query syntax: ")
    assert 'Hint: String values must be quoted (e.g., name="value"). Numbers and booleans' in message


def test_a_message_says_where() -> None:
    """By line and column."""
    with pytest.raises(BadRequest, match="syntax: 2:4: unexpected 'b'"):
        parse("a = 1 AND\n a b")
    with pytest.raises(BadRequest, match="syntax: 1:3: unexpected '~'"):
        parse("a ~ 1")
    with pytest.raises(BadRequest, match="syntax: 1:3: unexpected 'b{40}'"):
        parse("a " + "b" * 5000)
    with pytest.raises(BadRequest, match="syntax: unexpected end"):
        parse("a = 1 AND")


def _nested(levels: int) -> str:
    text = "a = 1"
    for level in range(levels):
        text = f"(b = 1 {'AND' if level % 2 else 'OR'} {text})"
    return text


def test_a_filter_has_a_largest_size() -> None:
    """In characters, in levels and in comparisons; parentheses that change nothing are no level."""
    assert parse("a = 1".ljust(8192)) == A
    assert parse("(" * 4000 + "a = 1" + ")" * 4000) == A
    parse(_nested(16))
    parse(" OR ".join(["a=1"] * 100))
    for text, reason in [
        ("a = 1".ljust(8193), "longer than 8192"),
        (_nested(17), "more than 16 levels"),
        (" OR ".join(["a=1"] * 101), "more than 100 comparisons"),
        (" AND ".join(["(a=1 OR b=1)"] * 51), "more than 100 comparisons"),
    ]:
        with pytest.raises(BadRequest, match=reason):
            parse(text)


@given(st.text(st.sampled_from("ab.`'\"\\()=<>! ,-1e\n") | st.characters(exclude_categories=["Cs"])))
def test_no_text_breaks_the_parser(text: str) -> None:
    """It is a filter or a bad request."""
    with suppress(BadRequest):
        assert isinstance(parse(text), Comparison | Every | Either)


PATTERNS = [
    ("iris", "iris", True),
    ("iris", "Iris", False),
    ("iris", "iris2", False),
    ("ir", "iris", False),
    ("iris%", "iris", True),
    ("%iris", "my iris", True),
    ("%r%", "iris", True),
    ("%a%b%c", "a-b-c", True),
    ("%a%b%c", "a-c-b", False),
    ("a%a", "a", False),
    ("%ab%ab%", "xabx", False),
    ("%ab", "abab", True),
    ("i_is", "iris", True),
    ("i_is", "iis", False),
    ("_", "🙂", True),
    ("%_%", "", False),
    ("%", "", True),
    ("%%", "x", True),
    ("%", "a\nb", True),
    ("a_b", "a\nb", True),
    ("iris", "iris\n", False),
    (r"50\%", "50%", True),
    (r"50\%", "500", False),
    (r"a\_b", "a_b", True),
    (r"a\_b", "axb", False),
    (r"a\\b", r"a\b", True),
    ("a\\", "a\\", True),
    ("i*s", "iris", False),
    ("i?is", "iris", False),
    ("[i]ris", "iris", False),
    ("i.is", "iris", False),
]


@pytest.mark.parametrize(("pattern", "text", "matching"), PATTERNS)
def test_only_percent_and_underscore_are_wildcards(pattern: str, text: str, matching: bool) -> None:
    """A backslash makes them plain; case matters."""
    assert matches(pattern, text, 0) is matching


def test_case_is_ignored_beyond_ascii() -> None:
    """If it is to be ignored."""
    assert matches("%BETA%", "a beta b", 1)
    assert matches("ÄÖ_%", "äöü", 1)
    assert matches("ΣΊΣΥΦΟΣ", "σίσυφος", 1)
    assert not matches("%BETA%", "a beta b", 0)
    assert not matches("Ä", "ä", 0)
    assert matches("x", None, 1) is None


def test_no_pattern_takes_forever() -> None:
    """A matcher that goes back to every `%` would."""
    started = time.monotonic()

    assert not matches("%a" * 2000 + "%b", "a" * 5000, 0)
    assert time.monotonic() - started < 10


def _like(pattern: str, text: str) -> bool:
    """Say the same by the definition."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return _like(pattern[1:], text) or (text != "" and _like(pattern, text[1:]))
    return text != "" and pattern[0] in ("_", text[0]) and _like(pattern[1:], text[1:])


@given(st.text("ab%_", max_size=6), st.text("ab", max_size=6))
def test_patterns_match_as_defined(pattern: str, text: str) -> None:
    """Whatever the order of their wildcards."""
    assert matches(pattern, text, 0) is _like(pattern, text)
