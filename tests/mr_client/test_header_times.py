"""What a header says of time, however a server writes it."""

from __future__ import annotations

import email.utils
import time

import pytest

from mr_client.header_times import http_date, retry_after


def test_a_number_of_seconds_is_one() -> None:
    assert retry_after("7") == 7.0


def test_a_date_is_so_many_seconds_from_now_and_none_that_is_past() -> None:
    assert retry_after(email.utils.formatdate(time.time() + 60, usegmt=True)) == pytest.approx(60, abs=2)
    assert retry_after(email.utils.formatdate(time.time() - 60, usegmt=True)) == 0.0


@pytest.mark.parametrize("value", ["", "soon", "-1", "²", "1.5", "9" * 5000, "Mon, 99 Foo 99999 00:00:00 GMT"])
def test_what_means_nothing_is_none_and_no_error(value: str) -> None:
    assert retry_after(value) is None


def test_a_date_is_in_seconds_since_the_epoch() -> None:
    assert http_date("Thu, 01 Jan 1970 00:01:00 GMT") == 60.0
    assert http_date(None) is None
