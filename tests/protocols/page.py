"""The table of protocols and cases in the docs, made of what a run of ``test_cases.py`` gave.

    pytest tests/protocols/test_cases.py --write-page docs/protocols.md

writes it anew. A case that failed, or was not run, stands there as not passed, which no run agrees with.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from protocols.sense import CASES, COLUMNS, MAKES_NO_SENSE

__all__ = ["PAGE", "passed_so_far", "rendered"]

PAGE = Path(__file__).parents[2] / "docs" / "protocols.md"
_PASSED = pytest.StashKey[set[tuple[str, str]]]()
_TABLE = re.compile(r"(?<=<!-- cases -->\n).*?(?=<!-- /cases -->)", re.DOTALL)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-page", type=Path, metavar="FILE", help="write the table of protocols and cases into it")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "case(name, protocol): a cell of the table of protocols and cases")
    config.stash[_PASSED] = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Take note of each case that passed."""
    report = yield
    for mark in item.iter_markers("case"):
        if report.when == "call" and report.passed:
            item.config.stash[_PASSED].add(mark.args)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    path: Path | None = session.config.getoption("--write-page")
    if path is not None:
        path.write_text(rendered(path.read_text(encoding="utf-8"), passed_so_far(session.config)), encoding="utf-8")


def passed_so_far(config: pytest.Config) -> set[tuple[str, str]]:
    """Return case and protocol of what passed in this run."""
    return config.stash[_PASSED]


def rendered(text: str, passed: set[tuple[str, str]]) -> str:
    """Return the page's text with the table of what passed."""
    written, found = _TABLE.subn(lambda _: f"\n{_table(passed, CASES, COLUMNS, MAKES_NO_SENSE)}\n", text)
    if found != 1:
        raise pytest.UsageError("The page has no section <!-- cases --> … <!-- /cases -->.")
    return written


def _table(
    passed: set[tuple[str, str]],
    cases: Mapping[str, str],
    columns: Mapping[str, str],
    reasons: Mapping[tuple[str, str], str],
) -> str:
    notes = list(dict.fromkeys(reasons[case, name] for case in cases for name in columns if (case, name) in reasons))

    def cell(case: str, name: str) -> str:
        if (case, name) in reasons:
            return f"— [{notes.index(reasons[case, name]) + 1}]"
        return "passed" if (case, name) in passed else "**not passed**"

    lines = ["| | " + " | ".join(columns.values()) + " |", "|---" * (len(columns) + 1) + "|"]
    lines += [
        f"| {words} | " + " | ".join(cell(case, name) for name in columns) + " |" for case, words in cases.items()
    ]
    return "\n".join([*lines, "", *(f"{number}. {note}" for number, note in enumerate(notes, 1))])
