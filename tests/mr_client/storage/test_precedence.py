"""What counts first: the table of docs/credentials.md, row by row."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mr_client.storage.credentials import default_bucket, s3_access
from mr_client.storage.locate import locate
from mr_client.storage.storage_config import injected

DOCUMENT = (Path(__file__).parents[3] / "docs/credentials.md").read_text(encoding="utf-8")
TABLE = DOCUMENT.partition("<!-- precedence: s3 -->")[2].partition("<!-- /precedence: s3 -->")[0]
ROWS = {
    row[1]: re.findall(r"(?:^| → )`([A-Za-z0-9_.]+)`", row[2])
    for row in re.finditer(r"^\| ([a-z ]+|bucket of a `storagePath`) \| (`.*) \|$", TABLE, re.MULTILINE)
}
HALVES = {"key": ("secret_access_key", "AWS_SECRET_ACCESS_KEY"), "secret": ("access_key_id", "AWS_ACCESS_KEY_ID")}
"""What each source must hold beside what is asked of it, since half a credential is refused."""


def options(environ: Mapping[str, str]) -> Mapping[str, object]:
    return locate("s3://b/k", environ).options


READ: dict[str, Callable[[Mapping[str, str]], object]] = {
    "endpoint": lambda environ: options(environ)["endpoint_url"],
    "key": lambda environ: options(environ)["key"],
    "secret": lambda environ: options(environ)["secret"],
    "session token": lambda environ: options(environ)["token"],
    "anonymous": lambda environ: options(environ)["anon"],
    "region": lambda environ: s3_access(injected(environ)).region,
    "bucket of a `storagePath`": default_bucket,
    "certificates are checked": lambda environ: locate("s3://b/k", environ).trust.verify,
    "certificates to trust": lambda environ: locate("s3://b/k", environ).trust.certificates,
}


def environment(values: Mapping[str, str], row: str) -> dict[str, str]:
    """Make an environment in which each source of a row holds a value."""
    environ: dict[str, str] = {}
    objects: dict[str, dict[str, str]] = {}
    for source, value in values.items():
        variable, _, key = source.partition(".")
        if key:
            objects.setdefault(variable, {"type": "s3"})[key] = value
            if row in HALVES:
                objects[variable][HALVES[row][0]] = value
        else:
            environ[variable] = value
            if row in HALVES:
                environ[HALVES[row][1]] = value
    return environ | {name: json.dumps(value) for name, value in objects.items()}


def test_each_row_is_tried_here() -> None:
    assert list(ROWS) == list(READ)
    assert all(len(sources) >= 3 for sources in ROWS.values())


@pytest.mark.parametrize("row", READ)
def test_the_first_that_is_set_counts(row: str, tmp_path: Path) -> None:
    sources = ROWS[row]
    flags = row in ("anonymous", "certificates are checked")
    for first in range(len(sources)):
        later = sources[first:]
        values: dict[str, str] = {}
        expected: object
        if flags:
            # Each after the first says the opposite.
            values = {source: "true" if source == later[0] else "false" for source in later}
            expected = True
        elif row == "endpoint":
            values = {source: f"http://{source.replace('_', '-').lower()}" for source in later}
            expected = values[later[0]]
        elif row == "certificates to trust":
            for number, source in enumerate(later):
                folder = tmp_path / f"{first}-{number}"
                folder.mkdir()
                (folder / "cabundle.crt").touch()
                mounted = source == "CA_BUNDLE_VOLUME_MOUNT_POINT"
                values[source] = str(folder if mounted else folder / "cabundle.crt")
            expected = tmp_path / f"{first}-0" / "cabundle.crt"
            if later[0].endswith(".certificate"):
                values[later[0]] = expected = "-----BEGIN CERTIFICATE-----"
        else:
            values = {source: source.lower() for source in later}
            expected = values[later[0]]
        environ = environment(values, row)
        if row == "session token":
            environ |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}

        assert READ[row](environ) == expected


@pytest.mark.parametrize(
    ("row", "otherwise"),
    [("endpoint", None), ("key", None), ("anonymous", False), ("region", None), ("certificates are checked", True)],
)
def test_where_none_is_set_the_last_of_the_row_counts(row: str, otherwise: object) -> None:
    assert READ[row]({}) == otherwise


def test_the_registry_comes_after_what_is_injected() -> None:
    named = locate("s3://b/k", {}, endpoint="http://named:9000", region="eu").options
    ours = locate(
        "s3://b/k",
        {"AWS_S3_ENDPOINT": "http://ours:9000", "AWS_REGION": "us"},
        endpoint="http://named:9000",
        region="eu",
    ).options

    assert (named["endpoint_url"], named["client_kwargs"]["region_name"]) == ("http://named:9000", "eu")
    assert (ours["endpoint_url"], ours["client_kwargs"]["region_name"]) == ("http://ours:9000", "us")
