"""How hard a copy works, by the environment."""

from __future__ import annotations

import pytest

from mr_client.errors import InvalidSettings
from mr_client.storage.archives.limits import UnpackLimits
from mr_client.storage.copy.settings import CopySettings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert CopySettings.from_env({"MR_WORKERS": " "}) == CopySettings()


@pytest.mark.parametrize(
    ("name", "value", "field", "meant"),
    [
        ("MR_WORKERS", "16", "workers", 16),
        ("MR_RANGE_SIZE", "8Mi", "range_size", 8 * 1024**2),
        ("MR_RANGE_SIZE", "8M", "range_size", 8_000_000),
        ("MR_RANGE_SIZE", "1.5Gi", "range_size", 1536 * 1024**2),
        ("MR_RANGE_SIZE", "4096", "range_size", 4096),
        ("MR_ATTEMPTS", "1", "attempts", 1),
        ("MR_TIMEOUT", "2.5", "timeout", 2.5),
        ("MR_RATE_LIMIT", "100k", "rate_limit", 100_000),
        ("MR_PATIENCE", "60", "patience", 60.0),
        ("MR_VERIFY", "FULL", "verify", "full"),
        ("MR_SYNC", "false", "sync", False),
        ("MR_UNPACK", "0", "unpack", None),
        ("MR_UNPACK_SIZE", "10Gi", "unpack", UnpackLimits(size=10 * 1024**3)),
        ("MR_UNPACK_ENTRIES", "7", "unpack", UnpackLimits(entries=7)),
        ("MR_UNPACK_RATIO", "2", "unpack", UnpackLimits(ratio=2)),
    ],
)
def test_a_variable_sets_what_the_table_says(name: str, value: str, field: str, meant: object) -> None:
    assert getattr(CopySettings.from_env({name: value}), field) == meant


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("MR_WORKERS", "0", "MR_WORKERS '0' is not usable: give a whole number above 0"),
        ("MR_WORKERS", "many", "whole number"),
        ("MR_RANGE_SIZE", "64 Mi", "such as 64Mi"),
        ("MR_RANGE_SIZE", "0", "such as 64Mi"),
        ("MR_RATE_LIMIT", "-1", "bytes a second"),
        ("MR_TIMEOUT", "nan", "seconds above 0"),
        ("MR_PATIENCE", "0", "seconds above 0"),
        ("MR_VERIFY", "md5", "size, store or full"),
        ("MR_SYNC", "maybe", "true or false"),
        ("MR_UNPACK_RATIO", "1e3", "whole number"),
    ],
)
def test_a_value_that_means_nothing_is_refused_with_what_would(name: str, value: str, says: str) -> None:
    with pytest.raises(InvalidSettings, match=says):
        CopySettings.from_env({name: value})
