"""Which storage URIs a registry may name."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mr_client.errors import InvalidSettings, NotAllowed
from mr_client.settings import Settings
from mr_client.trust.allowed import AllowedURIs, allowed_uris, check_allowed


def listed(value: str) -> AllowedURIs:
    allowed = allowed_uris("LIST", value)
    assert allowed is not None
    return allowed


@pytest.mark.parametrize(
    ("prefix", "uri"),
    [
        ("s3://models", "s3://models"),
        ("s3://models", "s3://models/"),
        ("s3://models", "s3://models/iris/v1"),
        ("s3://models/", "s3://models"),
        ("s3://models/", "s3://models/iris"),
        ("S3://models", "s3://models/iris"),
        ("s3://models", "S3://models/iris"),
        ("s3://b/models", "s3://b/models"),
        ("s3://b/models", "s3://b/models/"),
        ("s3://b/models", "s3://b/models/iris/v1"),
        ("s3://b/models/", "s3://b/models/"),
        ("s3://b/models", "s3://b/models/v1..2/.hidden"),
        ("s3://b/models", "s3://b/models//iris"),
        ("s3://b/models", "s3://b/models/a%20b"),
        ("s3://a, s3://b", "s3://b/x"),
        ("https://host", "https://host/any/file"),
        ("https://host", "https://HOST:443/file"),
        ("https://host:443", "https://host/file"),
        ("http://host:8080/a", "http://host:8080/a/b?sig=x&to=../.."),
        ("https://host/a", "https://host/a?sig=x"),
        ("file:///mnt/pvc", "file:///mnt/pvc/iris"),
        ("file:///mnt/pvc", "file://localhost/mnt/pvc/iris"),
        ("abfss://c@account.dfs.core.windows.net", "abfss://c@account.dfs.core.windows.net/iris"),
    ],
)
def test_a_prefix_admits_itself_and_what_is_below(prefix: str, uri: str) -> None:
    assert listed(prefix).admit(uri)


@pytest.mark.parametrize(
    ("prefix", "uri"),
    [
        # neighbours
        ("s3://my-bucket", "s3://my-bucket-evil/iris"),
        ("s3://my-bucket", "s3://my"),
        ("s3://b/models", "s3://b/models2"),
        ("s3://b/models", "s3://b/models2/iris"),
        ("s3://b/models", "s3://b/Models/iris"),
        ("s3://b/models", "s3://b"),
        ("s3://b/models/", "s3://b/models"),
        ("s3://b/models", "s3://b//models/iris"),
        ("s3://b/models", "s3://b/models?x/iris"),
        ("s3://b/models", "s3://b/models#x/iris"),
        ("s3://b", "s3://B/iris"),
        ("s3://b", "gs://b/iris"),
        # ways out
        ("s3://b/models", "s3://b/models/../secrets"),
        ("s3://b/models", "s3://b/models/.."),
        ("s3://b/models", "s3://b/models/./x"),
        ("s3://b/models", "s3://b/models/%2e%2e/secrets"),
        ("s3://b/models", "s3://b/models/%2E./secrets"),
        ("s3://b/models", "s3://b/models/..%2fsecrets"),
        ("s3://b/models", "s3://b/models/%252e%252e/secrets"),
        ("s3://b/models", "s3://b/models\\..\\secrets"),
        ("s3://b/models", "s3://b/models/..%5csecrets"),
        ("s3://b/models", "s3://b/models/x\n/y"),
        ("s3://b/models", "s3://b/models/%00"),
        ("file:///mnt/pvc", "file:///mnt/pvc/../../etc/passwd"),
        ("file:///mnt/pvc", "file:///mnt/pvc/%2e%2e/%2e%2e/etc/passwd"),
        ("file:///mnt/pvc", "file:////mnt/pvc/x"),
        ("file:///mnt/pvc", "file://elsewhere/mnt/pvc/x"),
        ("https://host/a", "https://host/a/..;/b"),
        ("https://host/a", "https://host/a/;../b"),
        # other hosts
        ("https://host", "http://host/file"),
        ("http://host", "https://host/file"),
        ("https://host", "https://host.evil.com/file"),
        ("https://host", "https://host:8443/file"),
        ("https://host:8443", "https://host/file"),
        ("https://host", "https://host@evil.com/file"),
        ("https://host", "https://host:443@evil.com/file"),
        ("https://host", "https://evil.com@host/file"),
        ("https://host", "https://host\\@evil.com/file"),
        ("https://host", "https://host%40evil.com/file"),
        ("https://host", "https://host%2eevil.com/file"),
        ("https://host", "https://evil.com?host/file"),
        ("https://host", "https://evil.com#@host/file"),
        ("https://host", "https://evil.com/https://host/file"),
        ("https://host", "https:///host/file"),
        ("https://host", "https:host/file"),
        ("https://host", "https://host:port/file"),
        ("https://host", "https://[::1/file"),
        ("https://host", "//host/file"),
        ("https://host", ""),
        ("https://host", " https://host/file"),
    ],
)
def test_a_prefix_admits_nothing_else(prefix: str, uri: str) -> None:
    assert not listed(prefix).admit(uri)


@given(st.lists(st.sampled_from(["..", ".", "a", "%2e", "%2F", "/", "\\", ";", "?", "#", "@", ":", "%25"]), max_size=8))
def test_nothing_that_is_admitted_leaves_the_folder_however_it_is_read(parts: list[str]) -> None:
    uri = "https://host/a/" + "".join(parts)

    if listed("https://host/a").admit(uri):
        split = urlsplit(uri)
        read = unquote(unquote(split.path))
        assert (split.hostname, split.port, split.username) == ("host", None, None)
        assert read.startswith("/a/")
        assert not {"..", "."} & set(read.replace("\\", "/").replace(";", "/").split("/"))


@pytest.mark.parametrize(
    "entry",
    [
        "models",
        "/mnt/models",
        "s3:models",
        "s3://",
        "https://",
        "://x",
        "s3://b/../c",
        "https://user:hunter2@host",
        "https://host?x",
        "https://[::1",
    ],
)
def test_an_entry_that_admits_nothing_is_refused_by_its_name(entry: str) -> None:
    with pytest.raises(InvalidSettings, match="^LIST holds .* write SCHEME://PLACE") as refused:
        allowed_uris("LIST", f"s3://fine,{entry}")

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("value", ["", " ", ",", " , "])
def test_an_empty_list_is_none(value: str) -> None:
    assert allowed_uris("LIST", value) is None
    assert Settings.from_env({"MODEL_REGISTRY_ALLOWED_URI_PREFIXES": value}).allowed_uris == ()


def test_each_list_that_is_set_must_admit_a_uri() -> None:
    settings = Settings.from_env(
        {"MODEL_REGISTRY_ALLOWED_URI_PREFIXES": "s3://a,s3://b", "ALLOWED_ARTIFACT_URI_PREFIXES": "s3://b/models"}
    )

    def check(uri: str) -> None:
        check_allowed(uri, settings.allowed_uris, shown=uri, named_by="model-registry://iris")

    check("s3://b/models/iris")
    with pytest.raises(NotAllowed, match="'s3://a/x', which ALLOWED_ARTIFACT_URI_PREFIXES does not admit"):
        check("s3://a/x")
    with pytest.raises(NotAllowed, match="'s3://c/x', which MODEL_REGISTRY_ALLOWED_URI_PREFIXES does not admit"):
        check("s3://c/x")
