"""How an object of S3 is asked for, by what s3fs does with one address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import s3fs
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from mr_client.storage.s3.requests import S3Requests

KEYS = {"key": "AKID", "secret": "hunter2"}
SIGNER: dict[str, Any] = {"signature_version": "s3v4"}
VIRTUAL: dict[str, Any] = {**SIGNER, "s3": {"addressing_style": "virtual"}}


def requests(**options: Any) -> S3Requests:
    return S3Requests(s3fs.S3FileSystem(skip_instance_cache=True, **{"config_kwargs": SIGNER, **options}))


@pytest.mark.parametrize(
    "options",
    [
        {"endpoint_url": "http://minio:9000"},
        {"endpoint_url": "https://gateway/s3"},
        {},
        {"client_kwargs": {"region_name": "eu-central-1"}},
        {"client_kwargs": {"region_name": "eu-central-1"}, "config_kwargs": VIRTUAL},
        {"endpoint_url": "http://minio:9000", "config_kwargs": VIRTUAL},
    ],
)
def test_the_address_and_the_region_are_those_that_s3fs_would_sign(options: dict[str, Any]) -> None:
    filesystem = s3fs.S3FileSystem(skip_instance_cache=True, **{**KEYS, "config_kwargs": SIGNER, **options})

    address, headers = S3Requests(filesystem).get("bucket/a/b", checksums=False)

    presigned, _, query = filesystem.sign("bucket/a/b").partition("?")
    region = parse_qs(query)["X-Amz-Credential"][0].split("/")[2]
    assert address == presigned
    assert f"/{region}/s3/aws4_request" in headers["Authorization"]
    assert "hunter2" not in str(headers)


@pytest.mark.parametrize("key", ["a b", "50%", "a+b", "a#b?c&d=e", "é模", "~tilde", "a//b", 'q"uote', "a\\b"])
def test_a_key_is_encoded_as_s3fs_encodes_it(key: str) -> None:
    filesystem = s3fs.S3FileSystem(
        endpoint_url="http://minio:9000", skip_instance_cache=True, config_kwargs={"signature_version": "s3v4"}, **KEYS
    )

    address, _ = S3Requests(filesystem).get(f"bucket/{key}", checksums=False)

    assert address == filesystem.sign(f"bucket/{key}").partition("?")[0]


def test_the_checksum_mode_is_signed_because_the_store_refuses_headers_that_are_not() -> None:
    _, headers = requests(endpoint_url="http://minio:9000", **KEYS).get("bucket/a", checksums=True)

    assert headers["x-amz-checksum-mode"] == "ENABLED"
    assert "x-amz-checksum-mode" in headers["Authorization"]


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://minio:9000",
        "http://Minio:80",
        "https://gateway:443",
        "http://minio:443",
        "https://s3:8443",
        "http://[::1]:9",
    ],
)
def test_the_signature_is_good_for_the_host_that_is_asked(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    address, headers = requests(endpoint_url=endpoint, **KEYS).get("bucket/a", checksums=False)

    now = datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_: now)
    by_itself = AWSRequest("GET", address)
    S3SigV4Auth(ReadOnlyCredentials("AKID", "hunter2", None), "s3", "us-east-1").add_auth(by_itself)
    assert headers["Authorization"] == by_itself.headers["Authorization"]
    assert "host" not in {name.lower() for name in headers}


def test_a_store_whose_signatures_are_of_another_kind_gets_presigned_addresses() -> None:
    older = requests(endpoint_url="http://minio:9000", config_kwargs={"signature_version": "s3"}, **KEYS)

    address, headers = older.get("bucket/a", checksums=False)

    assert "Signature=" in urlsplit(address).query
    assert headers == {}


def test_nobody_is_named_where_requests_are_anonymous() -> None:
    address, headers = requests(endpoint_url="http://minio:9000", anon=True).get("bucket/a", checksums=False)

    assert (address, headers) == ("http://minio:9000/bucket/a", {})


def test_the_bucket_is_asked_about_once_however_many_objects_it_has() -> None:
    filesystem = s3fs.S3FileSystem(endpoint_url="http://minio:9000", skip_instance_cache=True, anon=True)
    signed: list[str] = []
    sign = filesystem.sign

    def counted(path: str, **more: Any) -> str:
        signed.append(path)
        return str(sign(path, **more))

    filesystem.sign = counted
    asker = S3Requests(filesystem)

    for number in range(10):
        asker.get(f"bucket/{number}", checksums=False)

    assert len(signed) == 1
