"""Tables in HTML, made of what anybody may have written: as a browser reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mr_client.sdk.tables import Link, card, table

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "</td></tr></table><script>alert(1)</script>",
    "<!--",
    "&lt;b&gt;",
    "]]><b>",
]
NO_LINKS = [
    "javascript:alert(1)",
    "JavaScript://host/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "s3://models/iris",
    "//evil.example/x",
    "https:/models",
    "https://user:secret@hub.example/x",
    "https://hub.example@evil.example/x",
    'https://hub.example/"onmouseover="alert(1)',
    "https://hub.example/\njavascript:alert(1)",
    "https://hub.example\\@evil.example/",
    "https://hub.example/\u202egpj.exe",
    "https://[hub",
    "https://",
    " https://hub.example/x",
    "",
]


class Reader(HTMLParser):
    """What a browser makes of it: its elements with their attributes, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.links: list[str | None] = []
        self.cells: list[str] = []
        self.text = ""
        self.comments = 0
        self.open: list[str] = []
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag in ("td", "th"):
            self.cells.append("")
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] in ("td", "th", "a"):
            self.cells[-1] += data

    def handle_comment(self, data: str) -> None:
        self.comments += 1


LEFT, RIGHT = ("text-align: left; vertical-align: top", "text-align: right; vertical-align: top")
OURS = {"table", "caption", "thead", "tbody", "tr", "th", "td", "p", "br", "a"}


def everywhere(text: str) -> list[str]:
    """Tables that have ``text`` in each place where one may be."""
    return [
        table([text], [[text]], caption=text, note=text),
        table(["a"], [[{text: text}], [[text]], [(text,)], [{text: {text: [text]}}]], caption="c"),
        table(["a"], [[Link(text)]], caption="c"),
        card({text: text, "link": Link(text)}, caption=text),
    ]


@pytest.mark.parametrize("text", HOSTILE + NO_LINKS)
def test_no_text_becomes_markup(text: str) -> None:
    for markup in everywhere(text):
        read = Reader(markup)

        assert set(read.elements) <= OURS
        assert read.comments == 0
        assert {name for name, _ in read.attributes} <= {"class", "href", "target", "rel", "style"}
        assert {value for name, value in read.attributes if name == "style"} == {LEFT}
        assert all(link is None or link.startswith(("http://", "https://")) for link in read.links)


@settings(max_examples=30)
@given(st.text())
def test_no_text_at_all_becomes_markup(text: str) -> None:
    for markup in everywhere(text):
        read = Reader(markup)

        assert set(read.elements) <= OURS
        markup.encode()  # no half of a pair


@pytest.mark.parametrize("text", HOSTILE)
def test_text_reads_as_it_was_written(text: str) -> None:
    assert Reader(table(["name"], [[text]], caption="c")).cells == ["name", text]


@pytest.mark.parametrize("text", NO_LINKS)
def test_only_addresses_of_the_web_are_linked(text: str) -> None:
    assert Reader(table(["uri"], [[Link(text)]], caption="c")).links == []


@pytest.mark.parametrize(
    "text",
    [
        "https://hub.example/a?b=1&c=2#d",
        "https://hub.example/?q=&lt;",
        "http://localhost:8080",
        "https://hub.example/模型",
    ],
)
def test_an_address_of_the_web_is_linked_and_tells_nobody_whence(text: str) -> None:
    read = Reader(table(["uri"], [[Link(text)]], caption="c"))

    assert read.links == [text]
    assert read.cells == ["uri", text]
    assert ("rel", "noopener noreferrer") in read.attributes


def test_a_text_is_no_link_because_it_looks_like_one() -> None:
    assert Reader(table(["description"], [["https://hub.example"]], caption="c")).links == []


def test_characters_that_turn_the_direction_are_seen() -> None:
    """As are all that are not; those that join letters and emoji stay."""
    assert Reader(card({"n": "abc\u202egpj\x07\ud800"}, caption="c")).cells[1] == r"abc\u202egpj\x07\ud800"
    assert Reader(card({"n": "👩\u200d🔬"}, caption="c")).cells[1] == "👩\u200d🔬"


def test_a_long_text_is_cut() -> None:
    assert Reader(card({"n": "a" * 10_000}, caption="c")).cells[1] == "a" * 200 + "…"


def test_what_nothing_has_is_left_out() -> None:
    read = Reader(table(["a", "b", "c"], [[1, None, ""], [None, None, {}]], caption="c"))

    assert read.cells == ["a", "1", ""]
    assert Reader(card({"a": None, "b": 0, "c": False}, caption="c")).cells == ["b", "0", "c", "false"]


def test_dollar_signs_are_no_formulas() -> None:
    assert all('class="tex2jax_ignore mathjax_ignore"' in markup for markup in everywhere("$x$"))


def test_values_read_well() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 600, UTC)
    read = Reader(card({"when": moment, "properties": {"a": True, "b": [1, "x"]}, "n": 0.5}, caption="c"))

    assert read.cells == ["when", "2026-01-02 03:04:05 UTC", "properties", 'a: trueb: [1, "x"]', "n", "0.5"]


def test_texts_begin_at_the_left_and_numbers_end_at_the_right() -> None:
    """Jupyter puts all to the right, which is hard to read in a column of names."""
    rows: list[list[object]] = [["v1", 0.5, True, 1], ["v2", None, False, "x"]]
    read = Reader(table(["name", "loss", "best", "step"], rows, caption="c"))

    sides = [value for name, value in read.attributes if name == "style"]
    assert sides == [LEFT] + [LEFT, RIGHT, LEFT, LEFT] * 3
