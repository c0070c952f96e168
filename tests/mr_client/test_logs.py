"""How a log line reads."""

from __future__ import annotations

import io
import json
import logging
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest

from mr_client.logs import LogFormat, ending, logging_to, step

OURS, LIBRARY = logging.getLogger("mr_client.flow"), logging.getLogger("s3fs")


def logged(form: LogFormat, level: int = logging.INFO) -> list[str]:
    stream = io.StringIO()
    with logging_to(stream, form, level):
        OURS.debug("of no interest")
        OURS.info("planned %d files", 2, extra=step("plan", files=2, bytes=5))
        OURS.warning("two\nlines")
        LIBRARY.info("of no interest")
        LIBRARY.warning("odd")
        logging.getLogger("botocore").debug("a secret")
    OURS.warning("after the end")
    return stream.getvalue().splitlines()


def objects(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def test_as_text_a_line_has_time_level_and_message() -> None:
    first, *_, last = logged("text")

    assert first.endswith(" INFO planned 2 files")
    assert last.endswith(" WARNING odd")


def test_as_json_it_is_an_object_with_the_steps_numbers_as_keys() -> None:
    plan, warning, library = objects(logged("json"))

    assert datetime.fromisoformat(plan.pop("time")).utcoffset() is not None
    assert plan == {"level": "info", "message": "planned 2 files", "step": "plan", "files": 2, "bytes": 5}
    assert (warning["level"], warning["message"]) == ("warning", "two\nlines")
    assert library["message"] == "odd"


@pytest.mark.parametrize(
    ("level", "messages"),
    [
        (logging.DEBUG, ["of no interest", "planned 2 files", "two\nlines", "odd"]),
        (logging.WARNING, ["two\nlines", "odd"]),
        (logging.ERROR, ["odd"]),
    ],
)
def test_the_level_is_for_our_own_lines_and_libraries_never_say_what_they_send(level: int, messages: list[str]) -> None:
    assert [line["message"] for line in objects(logged("json", level))] == messages


def test_an_ending_is_the_sentence_alone_or_an_object() -> None:
    said = ending("json", "Nothing\nis there.", level="error", step="failed", exit_code=3)

    assert ending("text", "Nothing\nis there.", level="error", step="failed", exit_code=3) == "Nothing is there."
    found = json.loads(said)
    del found["time"]
    assert found == {"level": "error", "message": "Nothing is there.", "step": "failed", "exit_code": 3}


def test_a_traceback_goes_before_the_sentence_or_into_the_object() -> None:
    try:
        raise RuntimeError("odd")
    except RuntimeError as error:
        text, record = ending("text", "A bug.", error), json.loads(ending("json", "A bug.", error))

    assert text.splitlines()[-2:] == ["RuntimeError: odd", "A bug."]
    assert "RuntimeError: odd" in record["traceback"]


HOSTILE = "iris\x1b]0;t\x07\x9b2J\u202egpj\u200b\u2028\ud800\r\nERROR forged"
"""What steers a terminal, turns text around or hides it, and what begins a line of its own."""


def test_what_a_name_holds_steers_no_terminal_and_begins_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    with monkeypatch.context() as alone, ExitStack() as stack:
        # pytest would hand on what is logged as it is, and half a surrogate cannot be.
        alone.setattr(logging.getLogger(), "handlers", [])
        stack.enter_context(logging_to(stream, "text", logging.INFO))
        OURS.info("%s is wanted", HOSTILE)
        try:
            raise ValueError(HOSTILE)
        except ValueError:
            OURS.exception("failed")

    said = stream.getvalue()
    assert said.replace("\n", "").isprintable()
    assert r"iris\x1b]0;t\x07\x9b2J\u202egpj\u200b\u2028\ud800\r\nERROR forged is wanted" in said


def test_an_ending_steers_no_terminal() -> None:
    said = ending("text", f"There is no {HOSTILE}.", ValueError(HOSTILE))

    assert said.replace("\n", "").isprintable()
    assert r"There is no iris\x1b]0;t" in said.splitlines()[-1]
