"""``s3://``, against a real server that checks signatures."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mr_client.errors import FilesNotFound, InvalidURI, NotAllowed, TransferError, VerificationFailed
from mr_client.flow import fetch
from mr_client.receipt import Receipt
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.locate import locate
from mr_client.storage.store import open_store
from servers.s3 import S3Server
from servers.wrong_s3 import wrong_s3

Bring = Callable[..., Receipt]
RANGES = CopySettings(range_size=1024 * 1024)


@pytest.fixture(scope="module")
def filesystem(s3: S3Server) -> Any:
    return s3.filesystem()


@pytest.fixture
def bucket(s3: S3Server) -> str:
    """A bucket of this test's own."""
    name = f"models-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(name)
    return name


@pytest.fixture
def bring(s3: S3Server, target: Path) -> Bring:
    def bring(uri: str, **environ: str) -> Receipt:
        return fetch(uri, target, environ={**s3.environ, **environ}, copy=RANGES)

    return bring


def found(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_markers_of_folders_are_no_files(bucket: str, filesystem: Any, bring: Bring, target: Path) -> None:
    for marker in ("model/", "model/sub/"):
        filesystem.call_s3("put_object", Bucket=bucket, Key=marker, Body=b"")
    filesystem.pipe(f"{bucket}/model/sub/a", b"x")

    bring(f"s3://{bucket}/model")

    assert found(target) == {"sub/a": b"x"}


def test_an_object_named_exactly_comes_alone_even_where_a_folder_has_its_name(
    bucket: str, filesystem: Any, bring: Bring, target: Path
) -> None:
    filesystem.pipe({f"{bucket}/model": b"the object", f"{bucket}/model/a": b"in the folder"})

    bring(f"s3://{bucket}/model")
    assert found(target) == {"model": b"the object"}

    bring(f"s3://{bucket}/model/")
    assert found(target) == {"model": b"the object", "a": b"in the folder"}


def test_a_whole_bucket_is_a_folder(bucket: str, filesystem: Any, bring: Bring, target: Path) -> None:
    filesystem.pipe(f"{bucket}/a", b"x")

    bring(f"s3://{bucket}")

    assert found(target) == {"a": b"x"}


def test_a_key_that_leaves_the_destination_is_refused_before_the_first_byte(
    bucket: str, filesystem: Any, bring: Bring, target: Path
) -> None:
    filesystem.call_s3("put_object", Bucket=bucket, Key="model/a", Body=b"x")
    filesystem.call_s3("put_object", Bucket=bucket, Key="model/../../evil", Body=b"x")

    with pytest.raises(NotAllowed, match="outside the destination"):
        bring(f"s3://{bucket}/model/")

    assert not target.exists()


def test_a_multipart_object_whose_etag_is_no_md5_is_brought(
    bucket: str, filesystem: Any, bring: Bring, target: Path
) -> None:
    body = os.urandom(11 * 1024 * 1024)
    filesystem.pipe_file(f"{bucket}/big", body, chunksize=5 * 1024 * 1024)
    assert "-" in filesystem.info(f"{bucket}/big")["ETag"]

    bring(f"s3://{bucket}/big")

    assert found(target) == {"big": body}


def test_an_object_that_changes_after_the_listing_is_not_mixed(bucket: str, s3: S3Server, filesystem: Any) -> None:
    filesystem.pipe(f"{bucket}/model/a", b"old")
    store = open_store(locate(f"s3://{bucket}/model/", s3.environ))
    (file,) = store.files()
    filesystem.pipe(f"{bucket}/model/a", b"new")

    with pytest.raises(TransferError, match="changed while it was copied"):
        list(store.read(file, 0, None))


@pytest.mark.parametrize(
    ("uri", "environ", "kind"),
    [
        ("s3://BUCKET/no/such/folder/", {}, FilesNotFound),
        ("s3://not_a_bucket!/model", {}, InvalidURI),
        ("s3://BUCKET/model", {"AWS_ACCESS_KEY_ID": "test:nobody"}, NotAllowed),
    ],
)
def test_what_cannot_be_had_is_an_error_that_names_it_and_nothing_is_written(
    bucket: str, bring: Bring, target: Path, uri: str, environ: dict[str, str], kind: type[Exception]
) -> None:
    uri = uri.replace("BUCKET", bucket)

    with pytest.raises(kind) as raised:
        bring(uri, **environ)

    assert repr(uri) in str(raised.value)
    assert not target.exists()


@pytest.mark.parametrize(
    ("encryption", "is_md5"), [("", True), ("AES256", True), ("aws:kms", False), ("aws:kms:dsse", False)]
)
def test_an_etag_is_no_md5_where_the_store_encrypts_with_another_key_than_its_own(
    target: Path, encryption: str, is_md5: bool
) -> None:
    with wrong_s3(encryption) as server:
        environ = {"AWS_ENDPOINT_URL": server.endpoint, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        if is_md5:
            with pytest.raises(VerificationFailed):
                fetch("s3://bucket/model/", target, environ=environ)
        else:
            assert fetch("s3://bucket/model/", target, environ=environ).files == 1


def test_an_anonymous_request_carries_no_signature(target: Path) -> None:
    with wrong_s3("aws:kms") as server:
        environ = {"AWS_ENDPOINT_URL": server.endpoint, "awsAnonymousCredential": "true"}
        assert fetch("s3://bucket/model/", target, environ=environ).files == 1

    assert len(server.asked) == 2
    assert not any("X-Amz-Signature" in asked or "Authorization" in asked for asked in server.asked)


@pytest.mark.parametrize("region", [{}, {"AWS_DEFAULT_REGION": "us-east-1"}, {"AWS_DEFAULT_REGION": "eu-central-1"}])
def test_addresses_are_signed_by_version_4_in_every_region(target: Path, region: dict[str, str]) -> None:
    with wrong_s3("aws:kms") as server:
        keys = {"AWS_ENDPOINT_URL": server.endpoint, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "hunter2"}
        fetch("s3://bucket/model/", target, environ={**keys, **region})

    listing, content = server.asked
    assert "Authorization: AWS4-HMAC-SHA256" in listing
    assert "Authorization: AWS4-HMAC-SHA256" in content
    assert f"/{region.get('AWS_DEFAULT_REGION', 'us-east-1')}/s3/aws4_request" in content
    assert "hunter2" not in listing + content


@pytest.mark.parametrize("code", ["ExpiredToken", "AccessDenied"])
def test_credentials_that_expired_are_asked_for_again_once(target: Path, code: str) -> None:
    with wrong_s3("aws:kms") as server:
        server.refusals = [(403, f"<Error><Code>{code}</Code><Message>Request has expired</Message></Error>")]
        keys = {"AWS_ENDPOINT_URL": server.endpoint, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        receipt = fetch("s3://bucket/model/", target, environ=keys)

    assert receipt.files == 1
    assert len(server.asked) == 3


def test_credentials_that_stay_expired_are_an_error_that_says_so(target: Path) -> None:
    with wrong_s3("aws:kms") as server:
        server.refusals = [(403, "<Error><Code>ExpiredToken</Code></Error>")] * 2
        keys = {"AWS_ENDPOINT_URL": server.endpoint, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        with pytest.raises(NotAllowed, match="ExpiredToken: the credentials have expired.: renew AWS_ACCESS_KEY_ID"):
            fetch("s3://bucket/model/", target, environ=keys)

    assert not target.exists()


def test_a_session_token_is_shown_to_the_store_and_to_nobody_it_redirects_to(target: Path) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "of-the-session"}
    with wrong_s3("aws:kms") as other, wrong_s3("aws:kms") as server:
        server.redirect = f"{other.endpoint}/elsewhere"
        fetch("s3://bucket/model/", target, environ={"AWS_ENDPOINT_URL": server.endpoint, **keys})

    assert all("of-the-session" in asked for asked in server.asked)
    assert len(other.asked) == 1
    assert "of-the-session" not in other.asked[0]
    assert "Authorization" not in other.asked[0]
