"""What a store that refuses, or cannot be reached, makes us say: which of the causes it is, and the next step."""

from __future__ import annotations

import socket
import ssl
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
import urllib3.exceptions

from mr_client.errors import FilesNotFound, MRClientError, NotAllowed, TransferError, TransferInterrupted
from mr_client.flow import fetch
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.network.reasons import unreachable
from mr_client.storage.network.trusted import Trust
from mr_client.storage.network.web import Web
from servers.refusing_s3 import refusing_s3
from servers.s3 import S3Server
from servers.web import WebServer, web_server

ONCE = CopySettings(attempts=1)
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAHUNTER1",
    "AWS_SECRET_ACCESS_KEY": "hunter2",
    "AWS_SESSION_TOKEN": "hunter2-token",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.mark.parametrize(
    ("changed", "kind", "says"),
    [
        ({"AWS_ACCESS_KEY_ID": "test:nobody"}, NotAllowed, "SignatureDoesNotMatch: .*, and AWS_ACCESS_KEY_ID"),
        ({"AWS_SECRET_ACCESS_KEY": "hunter2"}, NotAllowed, "SignatureDoesNotMatch: .*: check AWS_SECRET_ACCESS_KEY"),
        ({"bucket": "there-is-no-such-bucket"}, FilesNotFound, "NoSuchBucket: .*: check the bucket's name"),
    ],
)
@pytest.mark.parametrize("path", ["model", "model/"])
def test_a_real_store_is_understood_also_where_its_first_answer_has_no_words(
    s3: S3Server, target: Path, changed: dict[str, str], kind: type[MRClientError], says: str, path: str
) -> None:
    bucket = f"models-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(bucket)
    uri = f"s3://{changed.get('bucket', bucket)}/{path}"

    with pytest.raises(kind, match=says) as raised:
        fetch(uri, target, environ={**s3.environ, **changed})

    assert repr(uri) in str(raised.value)
    assert "hunter2" not in str(raised.value)


S3_REFUSALS = [
    ("InvalidAccessKeyId", 403, "", NotAllowed, "the store knows no such access key): check AWS_ACCESS_KEY_ID"),
    ("SignatureDoesNotMatch", 403, "", NotAllowed, "the secret key is not the access key's): check AWS_SECRET_ACCESS_"),
    ("AccessDenied", 403, "", NotAllowed, "does not permit it): check the credentials' policy and the bucket's"),
    ("RequestTimeTooSkewed", 403, "", NotAllowed, "more than 15 minutes apart): set the node's clock"),
    ("ExpiredToken", 400, "", NotAllowed, "have expired): renew AWS_ACCESS_KEY_ID"),
    ("InvalidToken", 400, "", NotAllowed, "the session token is not the access key's): set AWS_SESSION_TOKEN"),
    ("AuthorizationHeaderMalformed", 400, "eu-west-1", NotAllowed, "another region): set AWS_DEFAULT_REGION to 'eu-we"),
    ("PermanentRedirect", 301, "eu-west-1", NotAllowed, "another region): set AWS_DEFAULT_REGION to 'eu-west-1'"),
    ("NoSuchBucket", 404, "", FilesNotFound, "the store has no such bucket): check the bucket's name"),
]


@pytest.mark.parametrize(("code", "status", "region", "kind", "says"), S3_REFUSALS)
@pytest.mark.parametrize("path", ["model", "model/"])
def test_s3_says_what_is_wrong_and_we_say_what_to_do(
    target: Path, code: str, status: int, region: str, kind: type[MRClientError], says: str, path: str
) -> None:
    with refusing_s3(code, status, region) as endpoint, pytest.raises(kind) as raised:
        fetch(f"s3://bucket/{path}", target, environ={**KEYS, "AWS_ENDPOINT_URL": endpoint})

    assert f"({code}: " in str(raised.value)
    assert says in str(raised.value)
    assert "hunter2" not in str(raised.value).lower().replace("hunter1", "")
    assert "AKIAHUNTER1" not in str(raised.value)
    assert not target.exists()


@pytest.mark.parametrize(("code", "status", "region", "kind", "says"), S3_REFUSALS)
def test_the_same_words_where_the_bytes_are_refused(
    code: str, status: int, region: str, kind: type[MRClientError], says: str
) -> None:
    with refusing_s3(code, status, region) as endpoint, pytest.raises(kind) as raised:
        list(Web(Trust(), connections=1).read(f"{endpoint}/k?X-Amz-Signature=hunter2", "s3://b/k", 0, None))

    assert says in str(raised.value)
    assert "hunter2" not in str(raised.value)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def refused(target: Path) -> str:
    return f"http://127.0.0.1:{free_port()}"


def unknown(target: Path) -> str:
    return "http://no-such-host.invalid"


Where = Callable[[Path], str]


@pytest.mark.parametrize(
    ("where", "says"),
    [
        (refused, r"cannot be reached \(connection refused\): check the port, and that the server runs"),
        (unknown, r"cannot be reached \(its name is not known\): check the host's spelling and the cluster's DNS"),
    ],
)
def test_a_server_that_is_not_there_is_told_from_one_whose_name_is_not_known(
    target: Path, where: Where, says: str
) -> None:
    address = where(target)

    with pytest.raises(TransferError, match=says):
        fetch(f"{address}/model.bin", target, environ={}, copy=ONCE)
    with pytest.raises(TransferError, match=says):
        fetch("s3://bucket/model/", target, environ={**KEYS, "AWS_ENDPOINT_URL": address}, copy=ONCE)


def test_a_certificate_that_is_not_trusted_is_not_asked_for_again(target: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    says = "certificate verify failed.*mount its authority as KServe's CA bundle, or name its file in AWS_CA_BUNDLE"

    with web_server(tls=context) as web, pytest.raises(TransferError, match=says) as on_the_web:
        fetch(f"{web.url}/model.bin", target, environ={})

    assert not isinstance(on_the_web.value, TransferInterrupted), "no second attempt makes a certificate trusted"


def test_a_server_that_speaks_no_tls_is_told_from_one_that_is_not_trusted(web: WebServer, target: Path) -> None:
    secure = web.url.replace("http:", "https:")

    with pytest.raises(TransferError, match=r"does not speak TLS there\): write http:// or correct the port"):
        fetch(f"{secure}/model.bin", target, environ={})


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (urllib3.exceptions.ConnectTimeoutError("slow"), "no connection in time"),
        (TimeoutError("slow"), "no answer in time"),
        (OSError("else"), None),
    ],
)
def test_what_died_of_time_is_told_apart(error: Exception, says: str | None) -> None:
    why = unreachable(error)

    assert (why and why.what) == says
