"""S3, against a server that checks signatures: keys, certificates and addresses as KServe hands them over."""

from __future__ import annotations

import gc
import json
import logging
import os
import ssl
import sys
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import fsspec
import pytest
import trustme

from mr_client.errors import MRClientError, NotAllowed, TransferError
from mr_client.flow import fetch
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.locate import locate
from servers.front import front
from servers.s3 import S3Server
from servers.sts import sts
from servers.wrong_s3 import wrong_s3

ONCE = CopySettings(attempts=1)
KEYS = {"AWS_ACCESS_KEY_ID": "minio", "AWS_SECRET_ACCESS_KEY": "hunter2"}


@pytest.fixture(scope="module")
def model(s3: S3Server) -> str:
    """A model of two files in a bucket."""
    bucket = f"credentials-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(bucket)
    s3.filesystem().pipe({f"{bucket}/model/weights.bin": b"w" * 3_000_000, f"{bucket}/model/config.json": b"{}"})
    return f"s3://{bucket}/model/"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Acme")


@pytest.fixture(scope="module")
def over_tls(s3: S3Server, authority: trustme.CA) -> Iterator[dict[str, str]]:
    """What KServe injects for the server behind a certificate of a private authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with front(s3.endpoint, context) as secure:
        yield {**s3.environ, "AWS_ENDPOINT_URL": secure.url}


@pytest.fixture
def pem(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


@pytest.fixture
def ca_file(pem: str, tmp_path: Path) -> Path:
    (tmp_path / "certs").mkdir()
    file = tmp_path / "certs" / "cabundle.crt"
    file.write_text(pem)
    return file


def config(s3: S3Server, **more: str) -> dict[str, str]:
    said = {
        "type": "s3",
        "access_key_id": s3.access_key,
        "secret_access_key": s3.secret_key,
        "endpoint_url": s3.endpoint,
        "region": "us-east-1",
        **more,
    }
    return {"STORAGE_CONFIG": json.dumps(said)}


# -- who asks ---------------------------------------------------------------------------------


def test_a_storage_config_lets_in(s3: S3Server, model: str, target: Path) -> None:
    assert fetch(model, target, environ=config(s3)).files == 2


def test_a_storage_config_wins_over_wrong_variables(s3: S3Server, model: str, target: Path) -> None:
    wrong = {**KEYS, "AWS_SESSION_TOKEN": "stale", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}

    assert fetch(model, target, environ={**wrong, **config(s3)}).files == 2


def test_an_override_wins_over_a_wrong_storage_config(s3: S3Server, model: str, target: Path) -> None:
    override = {"STORAGE_OVERRIDE_CONFIG": json.dumps({"type": "s3", "secret_access_key": s3.secret_key})}

    assert fetch(model, target, environ={**config(s3, secret_access_key="wrong"), **override}).files == 2


def test_a_data_connection_lets_in(s3: S3Server, model: str, target: Path) -> None:
    keys = {"AWS_ACCESS_KEY_ID": s3.access_key, "AWS_SECRET_ACCESS_KEY": s3.secret_key}

    assert fetch(model, target, environ={**keys, "AWS_S3_ENDPOINT": s3.endpoint, "AWS_S3_BUCKET": "b"}).files == 2


def test_kserves_endpoint_with_two_schemes_is_the_second(s3: S3Server, model: str, target: Path) -> None:
    assert fetch(model, target, environ={**s3.environ, "AWS_ENDPOINT_URL": f"https://{s3.endpoint}"}).files == 2


@pytest.mark.parametrize("wrong", [{"access_key_id": "test:hunter2"}, {"secret_access_key": "hunter2"}])
def test_a_wrong_key_or_secret_is_told_and_not_shown(
    s3: S3Server, model: str, target: Path, wrong: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="mr_client"), pytest.raises(NotAllowed) as refused:
        fetch(model, target, environ=config(s3, **wrong), copy=ONCE)

    secrets = {s3.secret_key, wrong.get("secret_access_key", s3.secret_key)}
    assert not any(secret in f"{refused.value}{refused.value!r}{caplog.text}" for secret in secrets)
    assert not target.exists()


def test_a_session_token_goes_with_the_listing_and_with_each_file(target: Path) -> None:
    with wrong_s3("aws:kms") as server:
        environ = {**KEYS, "AWS_SESSION_TOKEN": "for-an-hour", "AWS_ENDPOINT_URL": server.endpoint}
        fetch("s3://bucket/model/", target, environ=environ)

    listing, content = server.asked
    assert "X-Amz-Security-Token: for-an-hour" in listing
    assert "X-Amz-Security-Token: for-an-hour" in content


def test_a_pods_identity_signs_with_what_its_role_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tmp_path / "token"
    token.write_text("of-the-pod")
    role = {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/models", "AWS_WEB_IDENTITY_TOKEN_FILE": str(token)}
    with sts() as server:
        environ = {**role, "AWS_ENDPOINT_URL_STS": server.endpoint, "AWS_ENDPOINT_URL": "http://minio:9000"}
        for name, value in environ.items():
            monkeypatch.setenv(name, value)  # the SDK's own chain reads the process's
        options = locate("s3://models/iris", environ).options
        address = fsspec.filesystem("s3", skip_instance_cache=True, **options).sign("models/iris")

    assert "X-Amz-Credential=ASIAOFTHEROLE" in address
    assert "X-Amz-Security-Token=of-the-role" in address
    assert "WebIdentityToken=of-the-pod" in server.asked[0]


def test_an_endpoint_of_s3_is_not_asked_for_a_roles_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = "https://s3.eu-central-1.amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL", ours)
    ignoring: list[object] = []
    for environ in ({}, {"AWS_ENDPOINT_URL_STS": "https://sts.acme.example"}):
        options = locate("s3://models/iris", {"AWS_ENDPOINT_URL": ours, **environ}).options
        filesystem = fsspec.filesystem("s3", skip_instance_cache=True, **{**options, "anon": True})
        filesystem.connect()
        ignoring.append(filesystem.session.get_config_variable("ignore_configured_endpoint_urls"))

    assert ignoring == [True, None]


# -- where it is asked ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "host", "path"),
    [
        ({"AWS_ENDPOINT_URL": "http://minio:9000"}, "minio", "/models/iris"),
        ({"AWS_ENDPOINT_URL": "http://minio:9000", "S3_USER_VIRTUAL_BUCKET": "true"}, "models.minio", "/iris"),
        ({"AWS_DEFAULT_REGION": "eu-central-1"}, "models.s3.eu-central-1.amazonaws.com", "/iris"),
        ({"AWS_DEFAULT_REGION": "us-east-1"}, "models.s3.amazonaws.com", "/iris"),
        (
            {"AWS_DEFAULT_REGION": "eu-central-1", "S3_USER_VIRTUAL_BUCKET": "false"},
            "s3.eu-central-1.amazonaws.com",
            "/models/iris",
        ),
        (
            {"AWS_ENDPOINT_URL": "https://s3.amazonaws.com", "AWS_DEFAULT_REGION": "eu-central-1"},
            "models.s3.eu-central-1.amazonaws.com",
            "/iris",
        ),
        (
            {"AWS_ENDPOINT_URL": "https://s3.amazonaws.com", "AWS_DEFAULT_REGION": "us-east-1"},
            "s3.amazonaws.com",
            "/models/iris",
        ),
        (
            {"S3_USE_ACCELERATE": "true", "AWS_DEFAULT_REGION": "eu-central-1"},
            "models.s3-accelerate.amazonaws.com",
            "/iris",
        ),
        (
            {
                "S3_USE_ACCELERATE": "true",
                "AWS_ENDPOINT_URL": "https://s3.amazonaws.com",
                "AWS_DEFAULT_REGION": "eu-central-1",
            },
            "models.s3-accelerate.amazonaws.com",
            "/iris",
        ),
    ],
)
def test_an_address_is_where_the_variables_say(environ: dict[str, str], host: str, path: str) -> None:
    options = locate("s3://models/iris", {**KEYS, **environ}).options
    address = urlsplit(fsspec.filesystem("s3", skip_instance_cache=True, **options).sign("models/iris"))

    assert (address.hostname, address.path) == (host, path)
    region = environ.get("AWS_DEFAULT_REGION", "us-east-1")
    assert f"%2F{region}%2Fs3%2Faws4_request" in address.query


@pytest.mark.parametrize("region", ["x@evil.example/", "evil.example/", "eu.evil.example#"])
def test_a_region_of_the_registry_makes_no_other_host(region: str) -> None:
    environ = {**KEYS, "AWS_ENDPOINT_URL": "https://s3.amazonaws.com"}

    found = locate("s3://models/iris", environ, endpoint="https://s3.amazonaws.com", region=region)

    with pytest.raises(Exception, match=r"(?i)region"):
        fsspec.filesystem("s3", skip_instance_cache=True, **found.options).sign("models/iris")


# -- certificates -----------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["AWS_CA_BUNDLE", "mounted", "certificate", "ca_bundle"])
def test_a_private_authority_is_trusted_by_the_listing_and_by_the_copy(
    s3: S3Server, model: str, over_tls: dict[str, str], ca_file: Path, pem: str, target: Path, way: str
) -> None:
    ways = {
        "AWS_CA_BUNDLE": {**over_tls, "AWS_CA_BUNDLE": str(ca_file)},
        "mounted": {**over_tls, "CA_BUNDLE_VOLUME_MOUNT_POINT": str(ca_file.parent)},
        "certificate": config(s3, endpoint_url=over_tls["AWS_ENDPOINT_URL"], certificate=pem),
        "ca_bundle": config(s3, endpoint_url=over_tls["AWS_ENDPOINT_URL"], ca_bundle=str(ca_file)),
    }

    assert fetch(model, target, environ=ways[way]).files == 2


def test_the_public_authorities_stay_trusted_beside_it(
    model: str, over_tls: dict[str, str], ca_file: Path, tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.crt"
    trustme.CA().cert_pem.write_to_path(str(other))
    # Stands in for the public authorities: none of them signs for loopback.
    monkeypatch.setattr(certifi, "where", lambda: str(ca_file))

    assert fetch(model, target, environ={**over_tls, "AWS_CA_BUNDLE": str(other)}).files == 2


@pytest.mark.parametrize("said", ["0", "false", "False"])
def test_certificates_are_not_checked_where_that_is_said_and_one_warning_tells(
    model: str, over_tls: dict[str, str], target: Path, caplog: pytest.LogCaptureFixture, said: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", category=DeprecationWarning)
        fetch(model, target, environ={**over_tls, "S3_VERIFY_SSL": said})

    assert caplog.text.count("Certificates are not checked") == 1


def files_in_memory() -> set[str]:
    found = set()
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the folder's own is gone by now
            found.add(str(each.readlink()))
    return {name for name in found if name.startswith("/memfd:mr-client")}


@pytest.mark.skipif(sys.platform != "linux", reason="files in memory are Linux's")
def test_all_that_is_trusted_needs_no_folder_for_temporary_files_and_is_let_go_of(
    model: str, over_tls: dict[str, str], ca_file: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")

    fetch(model, target, environ={**over_tls, "AWS_CA_BUNDLE": str(ca_file)})
    gc.collect()

    assert not files_in_memory()


def test_where_there_are_no_files_in_memory_it_is_removed_and_its_folder_must_be_there(
    model: str,
    over_tls: dict[str, str],
    ca_file: Path,
    tmp_path: Path,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.delattr(os, "memfd_create", raising=False)
    environ = {**over_tls, "AWS_CA_BUNDLE": str(ca_file)}

    fetch(model, target, environ=environ)
    gc.collect()
    left = list(temporary.iterdir())

    assert left == []
    temporary.rmdir()
    with pytest.raises(TransferError, match="set TMPDIR"):
        fetch(model, target, environ=environ)


def test_a_bundle_without_a_certificate_is_an_error_that_names_its_variable(
    model: str, over_tls: dict[str, str], tmp_path: Path, target: Path
) -> None:
    empty = tmp_path / "ca.crt"
    empty.touch()
    cases: list[Any] = [("AWS_CA_BUNDLE", str(empty)), ("AWS_CA_BUNDLE", "-----BEGIN hunter2")]

    for variable, value in cases:
        with pytest.raises(MRClientError, match=variable) as refused:
            fetch(model, target, environ={**over_tls, variable: value})
        assert refused.value.exit_code == 2
        assert "hunter2" not in str(refused.value)
