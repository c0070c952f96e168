"""Times in the answers of S3."""

from __future__ import annotations

import pytest
from botocore.utils import parse_timestamp

from mr_client.storage.s3.times import session


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-01T00:00:00.000Z",
        "2024-02-29T23:59:59Z",
        "1999-12-31T00:00:00.123456Z",
        "2026-01-01T00:00:00+02:00",
        "Wed, 31 Dec 2025 23:59:59 GMT",
        "1735689600",
        1735689600,
        1735689600.5,
    ],
)
def test_times_are_read_as_botocore_reads_them(written: str | float) -> None:
    read = session().get_component("response_parser_factory").create_parser("rest-xml")._timestamp_parser

    assert read(written) == parse_timestamp(written)


def test_a_time_that_is_none_is_refused_as_botocore_refuses_it() -> None:
    read = session().get_component("response_parser_factory").create_parser("rest-xml")._timestamp_parser

    with pytest.raises(ValueError, match="2026-13-01T00:00:00Z"):
        read("2026-13-01T00:00:00Z")
