"""How a program behaves in a pod."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from mr_client.errors import InvalidSettings
from mr_client.pod import PodSettings, last_words, wait_at_random


def test_settings_come_from_the_environment() -> None:
    said = {"MR_LOG_FORMAT": "JSON", "MR_LOG_LEVEL": "Warning", "MR_TERMINATION_LOG": "/tmp/log", "MR_JITTER": "1.5"}  # noqa: S108

    assert PodSettings.from_env(said) == PodSettings("json", logging.WARNING, Path("/tmp/log"), 1.5)  # noqa: S108
    assert PodSettings.from_env({"MR_LOG_FORMAT": "", "MR_JITTER": " "}) == PodSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("MR_LOG_FORMAT", "xml"), ("MR_LOG_LEVEL", "loud"), *(("MR_JITTER", text) for text in ("x", "-1", "inf", "nan"))],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=f"{name} '{value}'"):
        PodSettings.from_env({name: value})


def test_the_wait_is_some_part_of_the_longest_and_is_said(caplog: pytest.LogCaptureFixture) -> None:
    slept: list[float] = []
    with caplog.at_level(logging.INFO, logger="mr_client.pod"):
        wait_at_random(60.0, sleep=slept.append, uniform=lambda least, most: least + most / 4)

    assert slept == [15.0]
    assert "waiting 15.0 s, of 60 at most" in caplog.text


def test_the_wait_differs_from_node_to_node() -> None:
    slept: list[float] = []
    for _ in range(20):
        wait_at_random(60.0, sleep=slept.append)

    assert len(set(slept)) > 1
    assert all(0 <= seconds <= 60 for seconds in slept)


def test_without_jitter_nothing_waits() -> None:
    slept: list[float] = []
    wait_at_random(0.0, sleep=slept.append)

    assert slept == []


def test_last_words_replace_those_before_and_are_cut_where_kubernetes_would(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("what an earlier run said, at some length")

    last_words("short", log)
    short = log.read_text()
    last_words("ü" * 5000, log)

    assert short == "short"
    assert log.stat().st_size == 4096


def test_there_are_no_last_words_where_there_is_no_log_or_it_is_a_folder(tmp_path: Path) -> None:
    last_words("x", tmp_path / "log")
    last_words("x", tmp_path)

    assert list(tmp_path.iterdir()) == []
