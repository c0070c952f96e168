"""What counts first: the table of docs/credentials.md, row by row."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mr_client.errors import InvalidSettings
from mr_client.storage.azure.access import AzureAccess, Identity
from mr_client.storage.gcs.access import GCSAccess
from mr_client.storage.locate import locate
from mr_client.storage.s3.access import default_bucket, s3_access
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


AZURE_TABLE = DOCUMENT.partition("<!-- precedence: azure -->")[2].partition("<!-- /precedence: azure -->")[0]
AZURE_ROWS = {
    int(row[1]): re.findall(r"`(AZURE_[A-Z_]+)`", row[2])
    for row in re.finditer(r"^\| (\d) \| [^|]+ \| (.*) \|$", AZURE_TABLE, re.MULTILINE)
}
AZURE_VALUES = {
    "AZURE_ACCESS_EXPIRES_ON_SECONDS": "1900000000",
    "AZURE_STORAGE_ACCESS_KEY": "cG9k",
    "AZURE_STORAGE_CONNECTION_STRING": "AccountName=pod;AccountKey=cG9k;BlobEndpoint=https://pod.example",
    "AZURE_STORAGE_SAS_TOKEN": "sig=pod",
}
AZURE_OLD = {f"AZ_{name}": "pod" for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID")}
AZURE_SAID = {
    "a principal": (
        {"client_id": "said", "client_secret": "said", "tenant_id": "said"},
        AzureAccess("acc", identity=Identity("said", "said", secret="said")),
    ),
    "a managed identity": ({"client_id": "said"}, AzureAccess("acc", identity=Identity("said"))),
    "a key": ({"access_key": "c2FpZA=="}, AzureAccess("acc", key="c2FpZA==")),
    "a connection string": ({"connection_string": "AccountKey=c2FpZA=="}, AzureAccess("acc", key="c2FpZA==")),
    "a signature": (
        {"connection_string": "SharedAccessSignature=sig=said"},
        AzureAccess("acc", signature="sig=said"),
    ),
}


def azure_row(number: int) -> dict[str, str]:
    """The variables of a row."""
    return {name: AZURE_VALUES.get(name, f"pod {name}") for name in AZURE_ROWS[number]}


def used(environ: Mapping[str, str], uri: str = "https://acc.blob.core.windows.net/c/k") -> AzureAccess:
    access: AzureAccess = locate(uri, environ).options["place"].access
    return access


def kind(access: AzureAccess) -> object:
    identity = access.identity
    if identity is not None:
        return ("identity", identity.secret is not None, identity.token_file is not None)
    return next((name for name in ("token", "key", "signature") if getattr(access, name)), None)


def test_each_row_of_azure_is_tried_here() -> None:
    assert list(AZURE_ROWS) == list(range(1, 9))
    assert all(AZURE_ROWS[number] for number in range(2, 8))
    assert not AZURE_ROWS[1]
    assert not AZURE_ROWS[8]


@pytest.mark.parametrize("number", range(1, 9))
def test_the_first_row_of_azure_that_is_there_counts(number: int) -> None:
    environ: dict[str, str] = {}
    for each in range(8, number - 1, -1):
        environ |= azure_row(each)
    environ.pop("AZURE_STORAGE_CONNECTION_STRING", None)  # of another account than the URI's
    if number > 2:  # a secret is what tells a service principal from other clients
        environ.pop("AZURE_CLIENT_SECRET", None)
    found = used(environ, "https://acc.blob.core.windows.net/c/k" + ("?sig=uri" if number == 1 else ""))

    assert kind(found) == {
        1: "signature",
        2: ("identity", True, False),
        3: ("identity", False, True),
        4: ("identity", False, False),
        5: "token",
        6: "key",
        7: "signature",
        8: None,
    }.get(number)
    assert (found.signature == "sig=uri") == (number == 1)


@pytest.mark.parametrize("said", AZURE_SAID)
@pytest.mark.parametrize("number", [*range(2, 8), 0], ids=lambda number: f"row {number}" if number else "old names")
def test_what_a_storage_configuration_says_of_azure_wins_over_each_row(said: str, number: int) -> None:
    values, expected = AZURE_SAID[said]
    pods = azure_row(number) if number else AZURE_OLD
    pods |= {"AZURE_ACCOUNT_NAME": "pod", "AZURE_SERVICE_URL": "https://pod.example"}
    config = {"STORAGE_CONFIG": json.dumps({"type": "azure", "account_name": "acc", **values})}

    assert used(pods | config) == expected
    assert locate("az://c/k", pods | config).options["place"].endpoint == "https://acc.blob.core.windows.net"


def test_a_storage_configuration_that_names_an_account_alone_leaves_the_pod_its_identity() -> None:
    config = {"STORAGE_CONFIG": '{"type": "azure", "account_name": "acc"}'}

    assert used(azure_row(2) | config).identity is not None


@pytest.mark.parametrize("missing", ["private_key", "client_email"])
def test_half_a_key_of_google_is_not_made_up_for_by_another_identity(missing: str) -> None:
    said = {"type": "gcs", "private_key": "hunter2", "client_email": "hunter2", missing: ""}

    with pytest.raises(InvalidSettings, match=f"STORAGE_CONFIG has no {missing}") as raised:
        locate("gs://b/k", {"STORAGE_CONFIG": json.dumps(said)})
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    "pods",
    [{"GOOGLE_APPLICATION_CREDENTIALS": __file__}, {"STORAGE_EMULATOR_HOST": "emulator:4443"}, {}],
    ids=["key file", "emulator", "the machine's identity"],
)
def test_a_key_of_google_in_a_storage_configuration_wins_over_each_row(pods: Mapping[str, str]) -> None:
    said = {"type": "gcs", "private_key": "said", "client_email": "said"}

    access: GCSAccess = locate("gs://b/k", {**pods, "STORAGE_CONFIG": json.dumps(said)}).options["access"]

    assert (access.key_file, access.ambient) == (None, False)
    assert access.key is not None
    assert access.key["private_key"] == "said"
