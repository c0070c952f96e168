"""``gs://``, against an emulator, and a server before it that asks who is there, gives pages and pins generations."""

from __future__ import annotations

import base64
import gzip
import json
import os
import socket
import ssl
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import pytest
import trustme

from mr_client.errors import (
    FilesNotFound,
    InvalidSettings,
    InvalidURI,
    MissingExtra,
    NotAllowed,
    SourceChanged,
    TransferError,
    VerificationFailed,
)
from mr_client.flow import fetch
from mr_client.receipt import Receipt
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.gcs.access import GCSAccess
from mr_client.storage.gcs.identity import Identity
from mr_client.storage.gcs.store import GCSStore
from mr_client.storage.locate import locate
from mr_client.storage.location import Location
from mr_client.storage.network.trusted import Trust
from mr_client.storage.network.web import Web
from mr_client.storage.store import open_store
from servers.front import front
from servers.gcs import EMAIL, GCSServer, key_file

Bring = Callable[..., Receipt]
MIB = 1024 * 1024
RANGES = CopySettings(range_size=MIB)


@pytest.fixture
def bucket(gcs: GCSServer) -> str:
    """A bucket of this test's own."""
    name = f"models-{uuid.uuid4().hex[:12]}"
    gcs.make_bucket(name)
    return name


@pytest.fixture
def bring(gcs: GCSServer, target: Path) -> Bring:
    def bring(uri: str, **environ: str) -> Receipt:
        return fetch(uri, target, environ={"STORAGE_EMULATOR_HOST": gcs.url, **environ}, copy=RANGES)

    return bring


@pytest.fixture
def key(gcs: GCSServer, tmp_path: Path) -> str:
    """The file of a key that is good for the token ``first``."""
    gcs.anonymous, gcs.issued, gcs.tokens = False, ["first"], {"first": 200}
    return str(key_file(tmp_path, gcs))


def found(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_arrives_as_it_is_in_the_bucket_and_is_held_to_googles_digests(
    gcs: GCSServer, bucket: str, bring: Bring, target: Path
) -> None:
    content = {"weights.bin": os.urandom(3 * MIB + 7), "sub/a.json": b"{}", "sub/empty": b""}
    for name, body in content.items():
        gcs.put(bucket, f"iris/v1/{name}", body)

    receipt = bring(f"gs://{bucket}/iris/v1")

    assert found(target) == content
    assert (receipt.files, receipt.size) == (3, 3 * MIB + 9)
    assert dict(receipt.verification.digested) == {"weights.bin": "crc32c", "sub/a.json": "crc32c"}


@pytest.mark.parametrize("digests", [{"md5Hash": None}, {}])
def test_content_that_is_not_what_google_vouches_for_is_refused(
    gcs: GCSServer, bucket: str, bring: Bring, digests: dict[str, str | None]
) -> None:
    gcs.put(bucket, "model/a", b"x")
    gcs.patch(bucket, "model/a", crc32c=base64.b64encode(b"0123").decode(), **digests)

    with pytest.raises(VerificationFailed, match="crc32c"):
        bring(f"gs://{bucket}/model")


def test_markers_of_folders_are_no_files(gcs: GCSServer, bucket: str, bring: Bring, target: Path) -> None:
    for name in ("model/", "model/sub/", "model/sub/a"):
        gcs.put(bucket, name, b"" if name.endswith("/") else b"x")

    bring(f"gs://{bucket}/model")

    assert found(target) == {"sub/a": b"x"}


def test_an_object_named_exactly_comes_alone_even_where_a_folder_has_its_name(
    gcs: GCSServer, bucket: str, bring: Bring, target: Path
) -> None:
    gcs.put(bucket, "model.bin", b"the object")
    gcs.put(bucket, "model.bin.d/a", b"a neighbour")

    bring(f"gs://{bucket}/model.bin")

    assert found(target) == {"model.bin": b"the object"}


def test_a_whole_bucket_is_a_folder(gcs: GCSServer, bucket: str, bring: Bring, target: Path) -> None:
    gcs.put(bucket, "a", b"x")

    bring(f"gs://{bucket}")

    assert found(target) == {"a": b"x"}


def test_a_listing_of_several_pages_is_complete(gcs: GCSServer, bucket: str, bring: Bring, target: Path) -> None:
    gcs.page = 20
    names = {f"{number:03}" for number in range(50)}
    for name in names:
        gcs.put(bucket, f"model/{name}", b"")

    bring(f"gs://{bucket}/model")

    assert set(found(target)) == names
    assert sum("pageToken" in path for path, _ in gcs.asked) == 2


def test_a_page_holds_a_thousand(gcs: GCSServer, bucket: str) -> None:
    gcs.also = [f"model/{number}" for number in range(2500)]

    files = open_store(locate(f"gs://{bucket}/model/", {"STORAGE_EMULATOR_HOST": gcs.url})).files()

    assert [file.path for file in files] == [str(number) for number in range(2500)]
    assert len(gcs.asked) == 3


def test_a_key_that_leaves_the_destination_is_refused_before_the_first_byte(
    gcs: GCSServer, bucket: str, bring: Bring, target: Path
) -> None:
    gcs.put(bucket, "model/a", b"x")
    gcs.also = ["model/../../evil"]

    with pytest.raises(NotAllowed, match="outside the destination"):
        bring(f"gs://{bucket}/model/")

    assert not target.exists()


def test_an_object_that_is_stored_compressed_arrives_as_it_is_stored(
    gcs: GCSServer, bucket: str, bring: Bring, target: Path
) -> None:
    stored = gzip.compress(os.urandom(2 * MIB))
    gcs.put(bucket, "model/a.json.gz", stored, encoding="gzip")

    bring(f"gs://{bucket}/model")

    assert found(target) == {"a.json.gz": stored}


def test_an_object_that_changes_after_the_listing_is_not_mixed(gcs: GCSServer, bucket: str) -> None:
    gcs.put(bucket, "model/a", b"old")
    store = open_store(locate(f"gs://{bucket}/model/", {"STORAGE_EMULATOR_HOST": gcs.url}))
    (file,) = store.files()
    gcs.put(bucket, "model/a", b"new")

    with pytest.raises(SourceChanged, match="changed while it was copied"):
        list(store.read(file, 0, None))

    now = store.look(file)
    assert now.identity != file.identity
    assert b"".join(store.read(now, 0, None)) == b"new"


def test_a_change_of_what_is_said_of_an_object_is_no_change_of_it(gcs: GCSServer, bucket: str) -> None:
    gcs.put(bucket, "model/a", b"x")
    store = open_store(locate(f"gs://{bucket}/model/", {"STORAGE_EMULATOR_HOST": gcs.url}))
    (file,) = store.files()
    gcs.patch(bucket, "model/a", updated="2030-01-01T00:00:00.000Z")

    assert store.look(file).identity == file.identity


def test_a_range_beyond_the_end_is_a_change(gcs: GCSServer, bucket: str) -> None:
    gcs.put(bucket, "model/a", b"x")
    store = open_store(locate(f"gs://{bucket}/model/", {"STORAGE_EMULATOR_HOST": gcs.url}))
    (file,) = store.files()

    assert b"".join(store.read(file, 0, 1)) == b"x"
    with pytest.raises(SourceChanged):
        list(store.read(file, 5, 9))


def test_a_download_that_breaks_goes_on_where_it_was(gcs: GCSServer, bucket: str, bring: Bring, target: Path) -> None:
    body = os.urandom(2 * MIB)
    gcs.put(bucket, "model/a", body)
    gcs.cuts = [1000, 2000]

    receipt = bring(f"gs://{bucket}/model")

    assert found(target) == {"a": body}
    assert receipt.size == 2 * MIB


def test_a_store_that_is_busy_is_asked_again(gcs: GCSServer, bucket: str) -> None:
    gcs.put(bucket, "model/a", b"x")
    location = locate(f"gs://{bucket}/model/", {"STORAGE_EMULATOR_HOST": gcs.url})
    store = GCSStore(location, Web(Trust(), connections=1), waits=(0.0, 0.0))
    gcs.statuses = [503, 500]

    assert [file.path for file in store.files()] == ["a"]

    gcs.statuses = [503, 503, 503]
    with pytest.raises(TransferError, match="is busy"):
        store.files()


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("gs://BUCKET/no/such/folder/", FilesNotFound),
        ("gs://BUCKET", FilesNotFound),
        ("gs://not_a_bucket!/model", InvalidURI),
        ("gs:///model", InvalidURI),
    ],
)
def test_what_cannot_be_had_is_an_error_that_names_it_and_nothing_is_written(
    bucket: str, bring: Bring, target: Path, uri: str, kind: type[Exception]
) -> None:
    uri = uri.replace("BUCKET", bucket)

    with pytest.raises(kind) as raised:
        bring(uri)

    assert repr(uri) in str(raised.value)
    assert not target.exists()


def test_a_key_file_lets_in_by_a_token_that_comes_with_each_request(
    gcs: GCSServer, bucket: str, bring: Bring, target: Path, key: str
) -> None:
    body = os.urandom(3 * MIB)
    gcs.put(bucket, "model/a", body)

    bring(f"gs://{bucket}/model", GOOGLE_APPLICATION_CREDENTIALS=key)

    assert found(target) == {"a": body}
    assert {headers.get("authorization") for path, headers in gcs.asked if path != "/token"} == {"Bearer first"}
    assert sum(path == "/token" for path, _ in gcs.asked) == 1


def test_a_token_that_is_no_longer_good_is_renewed_once(
    gcs: GCSServer, bucket: str, bring: Bring, target: Path, key: str
) -> None:
    body = os.urandom(6 * MIB)
    gcs.put(bucket, "model/a", body)
    gcs.issued, gcs.tokens = ["revoked", "second"], {"second": 200}

    bring(f"gs://{bucket}/model", GOOGLE_APPLICATION_CREDENTIALS=key)

    assert found(target) == {"a": body}
    assert sum(path == "/token" for path, _ in gcs.asked) == 2


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, f"does not accept the credentials of '{EMAIL}' .* make a new key"),
        (403, f"'{EMAIL}' may not read 'gs://.*roles/storage.objectViewer"),
    ],
)
def test_a_key_that_may_not_read_there_is_named_with_what_to_do(
    gcs: GCSServer, bucket: str, bring: Bring, target: Path, key: str, status: int, words: str
) -> None:
    gcs.anonymous, gcs.tokens = True, {"first": status}

    with pytest.raises(NotAllowed, match=words) as raised:
        bring(f"gs://{bucket}/model", GOOGLE_APPLICATION_CREDENTIALS=key)

    assert "does not have storage.objects.list access" in str(raised.value)
    assert "first" not in str(raised.value)
    assert not target.exists()


def test_a_key_that_google_does_not_accept_is_told_so(gcs: GCSServer, bucket: str, bring: Bring, key: str) -> None:
    gcs.refuses_key = True

    with pytest.raises(NotAllowed, match=f"does not accept the credentials of '{EMAIL}' .*Invalid JWT Signature"):
        bring(f"gs://{bucket}/model", GOOGLE_APPLICATION_CREDENTIALS=key)


def test_without_a_key_nobody_asks_and_a_refusal_says_what_to_set(gcs: GCSServer, bucket: str, bring: Bring) -> None:
    gcs.anonymous = False

    with pytest.raises(NotAllowed, match=r"anonymous callers .*\(401 Anonymous caller.*GOOGLE_APPLICATION_CREDENTIALS"):
        bring(f"gs://{bucket}/model")

    assert not any("authorization" in headers for _, headers in gcs.asked)


@pytest.mark.parametrize(
    "content",
    ["", "no JSON: hunter2", "[]", "3", '{"type": "service_account", "private_key": "hunter2"}', '{"type": "hunter2"}'],
)
def test_a_key_file_that_holds_no_key_is_a_setting_that_cannot_be_used(
    bring: Bring, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)

    with pytest.raises(InvalidSettings, match="holds no credentials of Google in JSON") as raised:
        bring("gs://models/iris", GOOGLE_APPLICATION_CREDENTIALS=str(path))

    assert repr(str(path)) in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_a_key_that_is_no_key_is_not_shown(gcs: GCSServer, bring: Bring, tmp_path: Path) -> None:
    path = key_file(tmp_path, gcs, private_key="-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n")

    with pytest.raises(InvalidSettings) as raised:
        bring("gs://models/iris", GOOGLE_APPLICATION_CREDENTIALS=str(path))

    assert "hunter2" not in f"{raised.value}{raised.value.__context__!r}".replace(repr(str(path)), "")


def test_a_key_that_was_injected_itself_is_good_too(gcs: GCSServer, bucket: str, tmp_path: Path, key: str) -> None:
    gcs.put(bucket, "model/a", b"x")
    access = GCSAccess(gcs.url, key=json.loads(Path(key).read_text()))
    location = Location("gs://b/model/", "gcs", f"{bucket}/model/", folder=True, options={"access": access})

    assert [file.path for file in open_store(location).files()] == ["a"]


def test_an_installation_without_the_extra_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    # The library is there in tests; None in this place is how Python says that it is not.
    monkeypatch.setitem(sys.modules, "mr_client.storage.gcs.store", None)

    with pytest.raises(MissingExtra, match=r"pip install 'mr-client\[gcs\]'"):
        open_store(locate("gs://models/iris", {}))


AMBIENT = """
import sys, time
from mr_client.errors import MRClientError
from mr_client.storage.gcs.access import GCSAccess
from mr_client.storage.location import Location
from mr_client.storage.store import open_store
access = GCSAccess(sys.argv[1], ambient=True)
store = open_store(Location("gs://models/iris/", "gcs", sys.argv[2] + "/iris/", folder=True, options={"access": access}))
begun = time.monotonic()
try:
    print([(file.path, b"".join(store.read(file, 0, None))) for file in store.files()])
except MRClientError as error:
    print(type(error).__name__, error)
print(time.monotonic() - begun)
"""


@pytest.fixture
def as_machine(gcs: GCSServer, bucket: str, tmp_path: Path) -> Callable[..., tuple[str, float]]:
    """Read ``iris/a`` as the machine's own identity, in a process of its own: google-auth reads variables once."""
    gcs.put(bucket, "iris/a", b"x")

    def as_machine(metadata: str = gcs.url) -> tuple[str, float]:
        host = urlsplit(metadata).netloc
        environ = {"HOME": str(tmp_path), "GCE_METADATA_HOST": host, "GCE_METADATA_IP": host}
        run = subprocess.run(
            [sys.executable, "-c", AMBIENT, gcs.url, bucket], env=environ, capture_output=True, text=True, check=True
        )
        assert run.stderr == ""
        said, seconds = run.stdout.splitlines()
        return said, float(seconds)

    return as_machine


AsMachine = Callable[..., tuple[str, float]]


def test_the_identity_of_the_pod_is_shown_where_no_key_is_named(gcs: GCSServer, as_machine: AsMachine) -> None:
    gcs.anonymous, gcs.issued, gcs.tokens = False, ["pods"], {"pods": 200}

    said, _ = as_machine()

    assert said == "[('a', b'x')]"


def test_where_the_pods_identity_may_not_read_a_public_bucket_is_read_by_nobody(
    gcs: GCSServer, as_machine: AsMachine
) -> None:
    gcs.issued, gcs.tokens = ["pods"], {"pods": 403}

    said, _ = as_machine()

    assert said == "[('a', b'x')]"
    assert "authorization" not in gcs.downloads()[0]


def test_where_nobody_may_read_either_it_is_the_pods_identity_that_lacks_a_right(
    gcs: GCSServer, as_machine: AsMachine
) -> None:
    gcs.anonymous, gcs.issued, gcs.tokens = False, ["pods"], {"pods": 403}

    said, _ = as_machine()

    assert said.startswith(f"NotAllowed '{EMAIL}' may not read 'gs://models/iris/' (403")


def test_a_machine_of_googles_without_an_identity_reads_as_nobody(gcs: GCSServer, as_machine: AsMachine) -> None:
    said, _ = as_machine()
    assert said == "[('a', b'x')]"

    gcs.anonymous = False
    said, _ = as_machine()
    assert "denied to anonymous callers" in said
    assert "the one that is there cannot be used" in said


def test_a_token_of_the_pod_that_cannot_be_renewed_is_no_reason_to_ask_as_nobody(
    gcs: GCSServer, as_machine: AsMachine
) -> None:
    gcs.anonymous, gcs.issued, gcs.tokens, gcs.lifetime = False, ["pods", ""], {"pods": 200}, 1

    said, _ = as_machine()

    assert said.startswith(f"TransferInterrupted Google's server of tokens for '{EMAIL}' cannot be asked")


def test_elsewhere_the_search_for_an_identity_does_not_take_long(gcs: GCSServer, as_machine: AsMachine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said, seconds = as_machine(f"http://127.0.0.1:{silent.getsockname()[1]}")

    assert said == "[('a', b'x')]"
    assert seconds < 3


def test_public_authorities_stay_trusted_by_whom_tokens_are_asked_for_beside_a_private_one(
    gcs: GCSServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gcs.issued = ["first"]
    public, private = trustme.CA(), tmp_path / "private.crt"
    trustme.CA().cert_pem.write_to_path(str(private))
    public.cert_pem.write_to_path(str(tmp_path / "public.crt"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    public.issue_cert("127.0.0.1").configure_cert(context)
    trust = Trust(ca_file=private, variable="SSL_CERT_FILE")
    with front(gcs.url, context) as secure:
        key = key_file(tmp_path, gcs, token_uri=f"{secure.url}/token")

        with pytest.raises(TransferError, match="cannot be asked"):
            Identity(GCSAccess(key_file=key), trust).headers()
        # Stands in for the public authorities: none of them signs for loopback.
        monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "public.crt"))
        headers = Identity(GCSAccess(key_file=key), trust).headers()

    assert next(iter(headers.values())) == "Bearer first"
