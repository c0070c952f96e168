"""``docs/failures.md`` knows everything that can be said, and nothing that cannot."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mr_client import errors
from sentences import Sentence, every_text, sentences

PAGE = (Path(__file__).parents[1] / "docs/failures.md").read_text()
_, *PARTS = re.split(r"^## (?:Exit code (\d+)|While the agent goes on)$", PAGE, flags=re.MULTILINE)
SECTIONS = {int(code) if code else None: text for code, text in zip(PARTS[::2], PARTS[1::2], strict=True)}
"""By exit code; None for what ends nothing."""
SYMPTOMS = {
    code: [
        symptom
        for row in re.findall(r"^\| (?!symptom|---)(.*?) \|", text, re.MULTILINE)
        for symptom in re.findall(r"`([^`]+)`", row)
        if not symptom.isupper()
    ]
    for code, text in SECTIONS.items()
}
EVERY = [pytest.param(code, symptom, id=symptom) for code, symptoms in SYMPTOMS.items() for symptom in symptoms]


TEXTS = sorted(set(every_text()))


def said_in(symptom: str, text: str) -> bool:
    return re.search(".*".join(map(re.escape, symptom.split("…"))), text, re.DOTALL) is not None


@pytest.mark.parametrize("sentence", [pytest.param(each, id=each.where) for each in sentences()])
def test_each_sentence_is_a_symptom_of_its_exit_code(sentence: Sentence) -> None:
    assert any(said_in(symptom, sentence.text) for symptom in SYMPTOMS[sentence.exit_code]), (
        f"docs/failures.md, exit code {sentence.exit_code} (None: while the agent goes on): no row for {sentence.text!r}"
    )


@pytest.mark.parametrize(("code", "symptom"), EVERY)
def test_each_symptom_is_said(code: int | None, symptom: str) -> None:
    assert any(said_in(symptom, text) for text in TEXTS), f"nothing says {symptom!r} any more"


@pytest.mark.parametrize(("code", "symptom"), EVERY)
def test_a_symptom_says_enough_to_be_found_by(code: int | None, symptom: str) -> None:
    assert max(map(len, symptom.split("…"))) >= 6


def test_each_class_is_with_its_exit_code() -> None:
    rows = re.findall(r"^\| (\d+) \| \[.*?\]\(#exit-code-(\d+)\) \|(.*?)\|$", PAGE, re.MULTILINE)
    told = {name: int(code) for code, _, names in rows for name in re.findall(r"`([A-Za-z]+)`", names)}

    assert told == {name: getattr(errors, name).exit_code for name in errors.__all__}
    assert {int(code) for code, _, _ in rows} == {int(to) for _, to, _ in rows} == SECTIONS.keys() - {None}


def test_the_sentences_are_found() -> None:
    """The reader of the source reads it: every class that is raised by name is there, and what is put together."""
    said = list(sentences())

    assert len(said) > 100
    assert {each.exit_code for each in said} == {None, 1, 2, 3, 4, 5, 6}
    assert sum(each.where.startswith("mr_model_agent/") for each in said) > 20
    assert any("set MODEL_REGISTRY_TOKEN to a token it accepts" in each.text for each in said)
