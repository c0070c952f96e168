"""Which container a URI means, and as whom it is asked."""

from __future__ import annotations

import pytest

from mr_client.errors import InvalidSettings, InvalidURI, NotAllowed
from mr_client.storage.azure.access import AzureAccess, Identity, azure_access
from mr_client.storage.azure.place import azure_place
from mr_client.storage.locate import locate, shown

SAS = "sv=2024-11-04&sp=rl&sig=hunter2%3D"
PRINCIPAL = {"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t", "AZURE_CLIENT_SECRET": "s"}


@pytest.mark.parametrize(
    ("uri", "endpoint"),
    [
        ("https://acc.blob.core.windows.net/models/iris/v1", "https://acc.blob.core.windows.net"),
        ("HTTPS://Acc.Blob.core.windows.net:443/models/iris/v1", "https://acc.blob.core.windows.net"),
        ("https://acc.z7.blob.storage.azure.net/models/iris/v1", "https://acc.z7.blob.storage.azure.net"),
        ("https://acc.z123.blob.storage.azure.net/models/iris/v1", "https://acc.z123.blob.storage.azure.net"),
        ("https://acc.blob.core.usgovcloudapi.net/models/iris/v1", "https://acc.blob.core.usgovcloudapi.net"),
        ("https://acc.blob.core.chinacloudapi.cn/models/iris/v1", "https://acc.blob.core.chinacloudapi.cn"),
        ("abfs://models@acc.dfs.core.windows.net/iris/v1", "https://acc.blob.core.windows.net"),
        ("abfss://models@acc.dfs.core.usgovcloudapi.net/iris/v1", "https://acc.blob.core.usgovcloudapi.net"),
        ("az://models/iris/v1", "https://acc.blob.core.windows.net"),
        ("abfs://models/iris/v1", "https://acc.blob.core.windows.net"),
    ],
)
def test_every_spelling_means_the_same_place(uri: str, endpoint: str) -> None:
    place = azure_place(uri, {"AZURE_ACCOUNT_NAME": "acc"})

    assert locate(uri, {"AZURE_ACCOUNT_NAME": "acc"}).protocol == "azure"
    assert (place.endpoint, place.account, place.container, place.path) == (endpoint, "acc", "models", "iris/v1")


@pytest.mark.parametrize(
    "uri",
    [
        "https://acc.blob.core.windows.net.evil.example/models/iris",
        "https://blob.core.windows.net/models/iris",
        "https://acc.zz.blob.storage.azure.net/models/iris",
        "https://me@acc.blob.core.windows.net/models/iris",
    ],
)
def test_what_only_looks_like_azure_is_a_web_server_which_is_shown_no_credentials(uri: str) -> None:
    location = locate(uri, {"AZURE_STORAGE_ACCESS_KEY": "aHVudGVyMg=="})

    assert (location.protocol, dict(location.options)) == ("http", {})


def test_a_web_address_is_percent_encoded_and_the_others_are_not() -> None:
    environ = {"AZURE_ACCOUNT_NAME": "acc"}

    assert azure_place("https://acc.blob.core.windows.net/m/a%20b%3F", environ).path == "a b?"
    assert azure_place("az://m/a%20b?c", environ).path == "a%20b?c"


@pytest.mark.parametrize(
    "uri",
    [
        "https://acc.blob.core.windows.net/models/iris",
        "abfss://models@acc.dfs.core.windows.net/iris",
        "az://models/iris",
    ],
)
def test_a_signature_in_the_uri_is_used_and_never_shown(uri: str) -> None:
    environ = {"AZURE_ACCOUNT_NAME": "acc", "AZURE_STORAGE_ACCESS_KEY": "Zm9v", **PRINCIPAL}

    location = locate(f"{uri}?{SAS}", environ)

    assert location.options["place"].access == AzureAccess("acc", signature=SAS)
    assert location.options["place"].path == "iris"
    assert shown(f"{uri}?{SAS}") == location.uri == f"{uri}?…"
    assert "hunter2" not in repr(location) + repr(location.options)


@pytest.mark.parametrize(
    ("uri", "environ", "says"),
    [
        ("az://models/iris", {}, "set AZURE_ACCOUNT_NAME"),
        ("az:///iris", {"AZURE_ACCOUNT_NAME": "acc"}, "names no container"),
        ("https://acc.blob.core.windows.net", {}, "names no container"),
        ("abfss://models@acc.example.com/iris", {}, "names no account"),
    ],
)
def test_half_a_uri_says_what_to_write(uri: str, environ: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidURI, match=says):
        locate(uri, environ)


def test_a_key_of_another_account_is_not_tried() -> None:
    environ = {"AZURE_ACCOUNT_NAME": "mine", "AZURE_STORAGE_ACCESS_KEY": "Zm9v"}

    with pytest.raises(NotAllowed, match="credentials of 'mine'"):
        azure_place("https://theirs.blob.core.windows.net/models/iris", environ)


EVERYTHING = {
    **PRINCIPAL,
    "AZURE_ACCESS_TOKEN": "token",
    "AZURE_STORAGE_ACCESS_KEY": "a2V5",
    "AZURE_STORAGE_SAS_TOKEN": "?sig=x",
}


@pytest.mark.parametrize(
    ("without", "who"),
    [
        ((), AzureAccess(identity=Identity("c", "t", secret="s"))),
        (tuple(PRINCIPAL), AzureAccess(token="token")),
        ((*PRINCIPAL, "AZURE_ACCESS_TOKEN"), AzureAccess(key="a2V5")),
        ((*PRINCIPAL, "AZURE_ACCESS_TOKEN", "AZURE_STORAGE_ACCESS_KEY"), AzureAccess(signature="sig=x")),
        (tuple(EVERYTHING), AzureAccess()),
    ],
)
def test_an_identity_comes_before_a_token_a_key_and_a_signature(without: tuple[str, ...], who: AzureAccess) -> None:
    environ = {name: value for name, value in EVERYTHING.items() if name not in without}

    assert azure_access(environ) == who
    assert azure_access(environ).anonymous == (who == AzureAccess())


def test_who_the_variables_of_an_identity_name() -> None:
    old = {name.replace("AZURE", "AZ"): "old" for name in PRINCIPAL}
    pod = {"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t", "AZURE_FEDERATED_TOKEN_FILE": "/var/run/token"}

    assert azure_access({**PRINCIPAL, **old}).identity == Identity("old", "old", secret="old")
    assert str((azure_access(pod).identity or Identity("")).token_file) == "/var/run/token"
    assert azure_access({"AZURE_CLIENT_ID": "c"}).identity == Identity("c")
    assert azure_access({"AZURE_TENANT_ID": "t"}).anonymous


@pytest.mark.parametrize(
    ("suffix", "authority"),
    [
        ("core.windows.net", None),
        ("core.usgovcloudapi.net", "login.microsoftonline.us"),
        ("core.chinacloudapi.cn", "login.chinacloudapi.cn"),
    ],
)
def test_another_cloud_has_another_place_for_tokens(suffix: str, authority: str | None) -> None:
    uri = f"https://acc.blob.{suffix}/models/iris"

    identity = azure_place(uri, PRINCIPAL).access.identity
    told = azure_place(uri, {**PRINCIPAL, "AZURE_AUTHORITY_HOST": "https://login.example"}).access.identity

    assert identity == Identity("c", "t", secret="s", authority=authority)
    assert told == Identity("c", "t", secret="s", authority="https://login.example")


def test_a_connection_string_holds_account_endpoint_and_key() -> None:
    text = "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=Zm9vYg==;EndpointSuffix=core.chinacloudapi.cn"

    access = azure_access({"AZURE_STORAGE_CONNECTION_STRING": text})

    assert access == AzureAccess("acc", "https://acc.blob.core.chinacloudapi.cn", key="Zm9vYg==")


@pytest.mark.parametrize(
    "environ",
    [
        {"AZURE_CLIENT_SECRET": "hunter2", "AZURE_CLIENT_ID": "c"},
        {"AZURE_CLIENT_SECRET": "hunter2", "AZURE_TENANT_ID": "t"},
        {"AZURE_STORAGE_CONNECTION_STRING": "hunter2"},
        {"AZURE_SERVICE_URL": "ftp://hunter2"},
        {"AZURE_ACCESS_TOKEN": "hunter2", "AZURE_ACCESS_EXPIRES_ON_SECONDS": "soon"},
    ],
)
def test_half_a_credential_is_refused_and_not_shown(environ: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings) as raised:
        azure_access(environ)

    assert next(reversed(environ)) in str(raised.value) or next(iter(environ)) in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_no_secret_is_shown() -> None:
    assert not {"hunter2"} & set(repr(AzureAccess(token="hunter2", key="hunter2", signature="hunter2")).split("'"))
    assert "hunter2" not in repr(Identity("c", secret="hunter2"))
