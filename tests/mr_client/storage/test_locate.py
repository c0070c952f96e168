"""Where bytes are and how to get in: decided from a URI and KServe's environment, nothing asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mr_client.errors import InvalidSettings, InvalidURI, NotAllowed
from mr_client.storage.locate import locate, named_endpoint, shown
from mr_client.storage.location import Location
from mr_client.storage.s3.access import default_bucket, s3_access

KEYS = {"AWS_ACCESS_KEY_ID": "minio", "AWS_SECRET_ACCESS_KEY": "hunter2"}


@pytest.mark.parametrize(
    ("uri", "protocol", "path", "folder"),
    [
        ("s3://models/iris/v1", "s3", "models/iris/v1", False),
        ("s3://models/iris/v1/", "s3", "models/iris/v1/", True),
        ("s3://models", "s3", "models/", True),
        ("file:///mnt/pvc/iris", "file", "/mnt/pvc/iris", False),
        ("file://localhost/mnt/pvc/a%20b/", "file", "/mnt/pvc/a b/", True),
        ("/mnt/pvc/iris", "file", "/mnt/pvc/iris", False),
        ("/mnt/pvc/a%20b/", "file", "/mnt/pvc/a%20b/", True),
        ("memory://models/iris", "memory", "/models/iris", False),
        ("https://host/a/model.bin?sig=x", "http", "https://host/a/model.bin?sig=x", False),
    ],
)
def test_a_uri_says_the_store_and_the_path(uri: str, protocol: str, path: str, folder: bool) -> None:
    location = locate(uri, {})

    assert (location.protocol, location.path, location.folder) == (protocol, path, folder)


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("iris", "is no URI"),
        ("mnt/models", "is no URI"),
        ("s3:///key", "names no bucket"),
        ("file://mnt/models", "no absolute path"),
        ("https:///model.bin", "names no host"),
        ("https://host/", "names no file"),
        ("https://host/folder/", "names no file"),
        ("gopher://host/model.bin", "No store is known"),
    ],
)
def test_a_uri_that_names_nothing_is_refused_with_what_to_write(uri: str, says: str) -> None:
    with pytest.raises(InvalidURI, match=says) as refused:
        locate(uri, {})

    assert repr(uri) in str(refused.value)


def options(environ: dict[str, str]) -> dict[str, Any]:
    return dict(locate("s3://models/iris", environ).options)


@pytest.mark.parametrize(
    ("environ", "endpoint"),
    [
        ({}, None),
        ({"AWS_ENDPOINT_URL": "http://minio:9000"}, "http://minio:9000"),
        ({"AWS_ENDPOINT_URL": "http://minio:9000/"}, "http://minio:9000"),
        ({"S3_ENDPOINT": "minio:9000", "S3_USE_HTTPS": "0"}, "http://minio:9000"),
        ({"S3_ENDPOINT": "minio:9000", "S3_USE_HTTPS": "1"}, "https://minio:9000"),
        ({"S3_ENDPOINT": "minio:9000"}, "https://minio:9000"),
        ({"S3_ENDPOINT": "minio:9000", "AWS_ENDPOINT_URL": "http://other"}, "http://other"),
        ({"AWS_S3_ENDPOINT": "http://minio.demo.svc:9000"}, "http://minio.demo.svc:9000"),
    ],
)
def test_the_endpoint_is_read_as_kserve_and_the_data_connection_write_it(
    environ: dict[str, str], endpoint: str | None
) -> None:
    assert options(environ)["endpoint_url"] == endpoint


def test_keys_and_region_are_handed_to_the_store() -> None:
    found = options({**KEYS, "AWS_SESSION_TOKEN": "t", "AWS_DEFAULT_REGION": "eu-west-1"})

    assert (found["key"], found["secret"], found["token"]) == ("minio", "hunter2", "t")
    assert found["client_kwargs"]["region_name"] == "eu-west-1"
    assert not found["cache_regions"]


def test_on_aws_without_a_region_the_store_asks_where_the_bucket_is() -> None:
    assert options(KEYS)["cache_regions"]
    assert not options({**KEYS, "AWS_ENDPOINT_URL": "http://minio:9000"})["cache_regions"]


@pytest.mark.parametrize(
    ("environ", "style"),
    [
        ({}, "virtual"),
        ({"AWS_ENDPOINT_URL": "http://minio:9000"}, "path"),
        ({"AWS_ENDPOINT_URL": "https://s3.eu-west-1.amazonaws.com"}, None),
        ({"AWS_ENDPOINT_URL": "http://minio:9000", "S3_USER_VIRTUAL_BUCKET": "true"}, "virtual"),
        ({"S3_USER_VIRTUAL_BUCKET": "false"}, "path"),
    ],
)
def test_the_bucket_is_in_the_path_but_for_aws_or_where_it_is_said(environ: dict[str, str], style: str | None) -> None:
    assert options(environ)["config_kwargs"]["s3"].get("addressing_style") == style


def test_anonymous_access_is_by_kserves_variable() -> None:
    assert options({"awsAnonymousCredential": "True"})["anon"] is True
    assert options({"awsAnonymousCredential": "false"})["anon"] is False


def test_certificates_are_not_read_for_an_endpoint_without_tls_but_behind_a_proxy_which_may_have_it() -> None:
    plain = {"AWS_ENDPOINT_URL": "http://minio:9000"}

    assert options(plain)["client_kwargs"]["verify"] is False
    assert options({**plain, "NO_PROXY": "minio", "HTTP_PROXY": ""})["client_kwargs"]["verify"] is False
    for proxy in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        assert options({**plain, proxy: "https://proxy"})["client_kwargs"]["verify"] is True
    assert options({"AWS_ENDPOINT_URL": "https://minio:9000"})["client_kwargs"]["verify"] is True
    assert options({})["client_kwargs"]["verify"] is True
    assert locate("s3://m/x", plain).trust.verify is True


def test_certificates_are_kserves_bundle_or_the_named_file_or_not_checked(tmp_path: Path) -> None:
    bundle = tmp_path / "cabundle.crt"
    bundle.touch()
    named = tmp_path / "named.crt"
    named.touch()
    mounted = {"CA_BUNDLE_VOLUME_MOUNT_POINT": str(tmp_path)}

    assert s3_access(mounted).trust.ca_file == bundle
    assert s3_access({**mounted, "AWS_CA_BUNDLE": str(named)}).trust.ca_file == named
    assert s3_access({"CA_BUNDLE_VOLUME_MOUNT_POINT": "/nowhere"}).trust.ca_file is None
    assert locate("s3://m/x", mounted).trust.ca_file == locate("https://h/x", mounted).trust.ca_file == bundle
    assert s3_access({**mounted, "S3_VERIFY_SSL": "0"}).trust.verify is False
    with pytest.raises(InvalidSettings, match="AWS_CA_BUNDLE names '/nowhere'"):
        s3_access({"AWS_CA_BUNDLE": "/nowhere"})


@pytest.mark.parametrize("given", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_half_a_credential_is_refused_and_not_shown(given: str) -> None:
    with pytest.raises(InvalidSettings, match="Half a credential") as refused:
        locate("s3://models/iris", {given: "hunter2"})

    assert "hunter2" not in str(refused.value)


def test_an_endpoint_that_is_no_address_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="S3_ENDPOINT is no address"):
        options({"S3_ENDPOINT": "ftp://minio"})


def test_the_data_connection_names_the_bucket() -> None:
    assert default_bucket({"AWS_S3_BUCKET": "models"}) == "models"
    assert default_bucket({"AWS_S3_BUCKET": " "}) is None


# -- trust ------------------------------------------------------------------------------------


def named_by_registry(endpoint: str, environ: dict[str, str]) -> Location:
    return locate("s3://models/iris", environ, endpoint=endpoint, region="eu")


@pytest.mark.parametrize("environ", [KEYS, {**KEYS, "AWS_ENDPOINT_URL": "http://minio:9000"}])
def test_credentials_are_not_shown_to_an_endpoint_that_only_the_registry_names(environ: dict[str, str]) -> None:
    with pytest.raises(NotAllowed, match="'http://evil:9000', but the credentials are for"):
        named_by_registry("http://evil:9000", environ)


@pytest.mark.parametrize(
    ("endpoint", "environ"),
    [
        ("http://minio:9000", {**KEYS, "AWS_ENDPOINT_URL": "http://MinIO:9000/"}),
        ("https://s3.amazonaws.com", KEYS),
        ("https://s3.eu-west-1.amazonaws.com", KEYS),
    ],
)
def test_another_spelling_of_the_configured_endpoint_is_the_same_endpoint(
    endpoint: str, environ: dict[str, str]
) -> None:
    found = dict(named_by_registry(endpoint, environ).options)

    assert found["endpoint_url"] == s3_access(environ).endpoint
    assert found["client_kwargs"]["region_name"] == "eu"


def test_without_credentials_the_registrys_endpoint_is_asked_as_nobody() -> None:
    found = dict(named_by_registry("http://minio:9000", {}).options)

    assert (found["endpoint_url"], found["anon"], found["key"]) == ("http://minio:9000", True, None)


def test_without_credentials_a_configured_endpoint_still_wins() -> None:
    environ = {"AWS_ENDPOINT_URL": "http://ours:9000", "AWS_DEFAULT_REGION": "us"}
    found = dict(named_by_registry("http://minio:9000", environ).options)

    assert (found["endpoint_url"], found["client_kwargs"]["region_name"]) == ("http://ours:9000", "us")


@pytest.mark.parametrize(
    "endpoint", ["ftp://x", "https://", "http://user:hunter2@host", "http://[::1", "http://minio:port"]
)
def test_an_endpoint_of_the_registry_that_is_no_address_is_refused(endpoint: str) -> None:
    with pytest.raises(InvalidURI, match="no address") as refused:
        named_by_registry(endpoint, {})

    assert "hunter2" not in str(refused.value)


# -- secrets ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "seen"),
    [
        ("https://user:hunter2@host:8443/m.bin", "https://host:8443/m.bin"),
        ("https://host/m.bin?X-Amz-Signature=hunter2", "https://host/m.bin?…"),
        ("https://[hunter2/m.bin", "https://…"),
        ("s3://models/what?.bin", "s3://models/what?.bin"),
        ("iris", "iris"),
    ],
)
def test_what_may_be_secret_in_a_uri_is_not_shown(uri: str, seen: str) -> None:
    assert shown(uri) == seen


def test_a_location_shows_no_secret() -> None:
    in_s3 = locate("s3://models/iris", {**KEYS, "AWS_SESSION_TOKEN": "hunter2"})
    on_the_web = locate("https://user:hunter2@host/m.bin?sig=hunter2", {})

    assert "hunter2" not in repr(in_s3) + repr(on_the_web) + repr(s3_access(KEYS))


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "2852039166",
        "0xa9.0376.43518",
        "[::ffff:a9fe:a9fe]",
        "user@169.254.169.254",
        "good.example:80@169.254.169.254:80",
        "METADATA.google.internal.",
        "%31%36%39.254.169.254",
    ],
)
def test_a_web_address_that_is_never_asked_is_refused_at_once(host: str) -> None:
    for scheme in ("http", "HTTPS"):
        with pytest.raises(NotAllowed, match="never asked: give the address"):
            locate(f"{scheme}://{host}/latest/meta-data", {})


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "S3_ENDPOINT", "AWS_S3_ENDPOINT"])
def test_an_endpoint_that_is_never_asked_is_refused_whoever_names_it(variable: str) -> None:
    with pytest.raises(NotAllowed, match="'http://169.254.169.254' names '169.254.169.254', which is"):
        locate("s3://models/iris", {**KEYS, variable: "http://169.254.169.254"})
    with pytest.raises(NotAllowed, match="'https://2852039166:9000' names"):
        locate("s3://models/iris", {}, endpoint="https://2852039166:9000")


@pytest.mark.parametrize("uri", ["http://[::1/x", "http://[not-an-address]/x"])
def test_a_web_address_that_cannot_be_read_is_refused(uri: str) -> None:
    with pytest.raises(InvalidURI, match="names no host"):
        locate(uri, {})


def test_an_endpoint_of_the_registry_counts_only_where_none_is_injected() -> None:
    injected = {"AWS_ENDPOINT_URL": "http://minio:9000"}

    assert named_endpoint({}, "http://other") == "http://other"
    assert named_endpoint(KEYS, "http://other") == "http://other"
    assert named_endpoint({}, "https://s3.eu-west-1.amazonaws.com") is None
    assert named_endpoint(injected, "http://other") is None
    assert named_endpoint({}, None) is None


@pytest.mark.parametrize(
    "uri",
    [
        "s3://key:Hunter2@bucket/model",
        "gs://bucket/model?X-Goog-Signature=Hunter2",
        "hf://user:Hunter2@owner/model",
        "hdfs://user:Hunter2@node/model",
        "ftp://user:Hunter2@host/model",
        "az://user:Hunter2@container/model",
        "wasbs://c@a.blob.core.windows.net/model?sv=1&sig=Hunter2",
        " https://user:Hunter2@host/model?sig=Hunter2",
        "https:/user:Hunter2@host/model?sig=Hunter2",
        "https:user:Hunter2@host/model",
        "://user:Hunter2@host/model",
    ],
)
def test_a_secret_in_a_uri_that_has_no_place_for_it_or_is_mistyped_is_refused_and_not_shown(uri: str) -> None:
    with pytest.raises(InvalidURI) as refused:
        locate(uri, KEYS | {"AZURE_ACCOUNT_NAME": "a"})

    assert "Hunter2" not in str(refused.value)
    assert "Hunter2" not in shown(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "abfss://container@account.dfs.core.windows.net/model",
        "hf://owner/model@a:b",
        "model-registry://iris:1@champion",
        "s3://arn:aws:s3:eu-west-1:1:accesspoint/a/model",
        "s3://bucket/a?b=c",
        "webhdfs://node:9870/model@1",
        "/mnt/a:b@c",
    ],
)
def test_what_only_looks_like_a_secret_is_shown(uri: str) -> None:
    assert shown(uri) == uri
