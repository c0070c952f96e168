"""Upload to every store that is written to, and back; against real servers where there are some."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import subprocess
import sys
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

from mr_client.errors import (
    AlreadyExists,
    FilesNotFound,
    InvalidURI,
    NotAllowed,
    SourceChanged,
    TransferError,
    UsageError,
    VerificationFailed,
)
from mr_client.flow import fetch
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.digests.folder import folder_digest
from mr_client.uploading import Uploaded, upload
from servers.azurite import ACCOUNT, KEY, Azurite
from servers.gcs import GCSServer, key_file
from servers.s3 import S3Server
from servers.sink import sink
from servers.uploads_s3 import uploads_s3

MIB = 1024 * 1024
PARTS = CopySettings(range_size=MIB, wait=0.001, sync=False)
"""S3 takes no parts of less than 5 MiB."""
TELLING = {
    "azure.core.pipeline.policies.http_logging_policy",
    "botocore.auth",
    "botocore.endpoint",
    "urllib3.connectionpool",
}
"""Loggers that are told addresses, headers or what is signed."""


@dataclass
class Place:
    """A folder in a store that is empty at first."""

    uri: str
    environ: dict[str, str]


class Seen:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, int | None]] = []
        self.sent = 0
        self.ended = 0

    def begin(self, files: int, size: int | None, /) -> None:
        self.begun.append((files, size))

    def already(self, size: int, /) -> None:
        raise AssertionError("nothing is there already")

    def advance(self, arrived: int, /) -> None:
        self.sent += arrived

    def end(self) -> None:
        self.ended += 1


@pytest.fixture(params=["s3", "gs", "az", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return made(request.param, request, tmp_path)


def made(scheme: str, request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    name = f"models-{uuid.uuid4().hex[:12]}"
    match scheme:
        case "s3":
            s3: S3Server = request.getfixturevalue("s3")
            s3.make_bucket(name)
            return Place(f"s3://{name}/iris/v1", s3.environ)
        case "gs":
            gcs: GCSServer = request.getfixturevalue("gcs")
            gcs.make_bucket(name)
            return Place(f"gs://{name}/iris/v1", {"STORAGE_EMULATOR_HOST": gcs.url})
        case "az":
            azure: Azurite = request.getfixturevalue("azure")
            with azure.container(name) as container:
                container.create_container()
            return Place(f"az://{name}/iris/v1", azure.environ)
        case _:
            return Place(f"file://{tmp_path}/store/iris/v1", {})


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(os.urandom(2 * MIB + 7))
    (folder / "sub" / "a b%ü+~#?.json").write_bytes(b"{}")
    (folder / "sub" / "link").symlink_to("a b%ü+~#?.json")
    (folder / "empty").write_bytes(b"")
    return folder


@pytest.fixture
def large(model: Path) -> Path:
    """A folder with one file of two parts for S3, and of one session for Google."""
    for name in ("sub/a b%ü+~#?.json", "sub/link", "empty"):
        (model / name).unlink()
    (model / "weights.bin").write_bytes(os.urandom(8 * MIB + 7))
    return model


def send(model: Path, place: Place, **more: Any) -> Uploaded:
    return upload(model, place.uri, environ=place.environ, copy=PARTS, **more)


def found(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_uploaded_comes_back_the_same_with_the_digest_that_was_told(
    place: Place, model: Path, target: Path
) -> None:
    seen = Seen()

    uploaded = send(model, place, progress=seen)
    receipt = fetch(place.uri, target, environ=place.environ, copy=PARTS)

    digested = set() if place.uri.startswith("file:") else set(found(model)) - {"empty"}
    assert set(receipt.verification.digested) == digested
    assert found(target) == found(model)
    assert uploaded.digest == folder_digest(target, found(target))
    assert uploaded.size == seen.sent == sum(map(len, found(model).values()))
    assert [(file.name, file.size) for file in uploaded.files] == [
        (name, len(body)) for name, body in sorted(found(model).items())
    ]
    assert uploaded.files[0].sha256 == hashlib.sha256(b"").hexdigest()
    assert (uploaded.uri, uploaded.others) == (place.uri, ())
    assert (seen.begun, seen.ended) == ([(4, uploaded.size)], 1)


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_what_is_asked_for_an_upload_is_in_no_log(
    scheme: str, request: pytest.FixtureRequest, tmp_path: Path, large: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = made(scheme, request, tmp_path)

    with caplog.at_level(logging.DEBUG):
        send(large, place)

    assert {record.name for record in caplog.records} & TELLING == set()
    assert "planned 1 files" in caplog.text


def test_a_place_that_is_not_empty_is_refused_and_left_as_it_is(place: Place, model: Path, target: Path) -> None:
    send(model, place)
    (model / "empty").write_bytes(b"another")

    with pytest.raises(AlreadyExists, match=r"is not empty \(4 files, such as .*overwrite=True"):
        send(model, place)

    fetch(place.uri, target, environ=place.environ, copy=PARTS)
    assert (target / "empty").read_bytes() == b""


def test_what_is_overwritten_is_replaced_and_what_else_is_there_stays_and_is_told(
    place: Place, model: Path, target: Path
) -> None:
    send(model, place)
    (model / "empty").rename(model / "other")
    (model / "weights.bin").write_bytes(b"small")

    uploaded = send(model, place, overwrite=True)

    fetch(place.uri, target, environ=place.environ, copy=PARTS)
    assert found(target) == {**found(model), "empty": b""}
    assert uploaded.others == ("empty",)
    assert uploaded.digest is None


def test_an_object_of_exactly_that_name_is_in_the_way(place: Place, model: Path, tmp_path: Path) -> None:
    (tmp_path / "v1").write_bytes(b"a file")
    upload(tmp_path / "v1", place.uri, environ=place.environ, copy=PARTS)

    with pytest.raises(AlreadyExists, match="is not empty"):
        send(model, place)
    with pytest.raises(AlreadyExists, match="a download would bring in place of the folder"):
        send(model, place, overwrite=True)


def test_one_file_goes_below_the_uri_or_to_the_very_name(place: Place, model: Path, tmp_path: Path) -> None:
    below = upload(model / "weights.bin", place.uri, environ=place.environ, copy=PARTS)
    itself = upload(model / "weights.bin", f"{place.uri}/x/weights.bin", environ=place.environ, copy=PARTS)

    for number, uploaded in enumerate((below, itself)):
        target = tmp_path / str(number)
        fetch(f"{place.uri}/x/weights.bin" if number else f"{place.uri}/weights.bin", target, environ=place.environ)
        assert found(target) == {"weights.bin": (model / "weights.bin").read_bytes()}
        assert uploaded.digest == folder_digest(target, ["weights.bin"])


def test_a_file_where_a_folder_would_be_is_refused_before_the_first_byte(
    place: Place, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "sub").write_bytes(b"a file")
    upload(tmp_path / "sub", place.uri, environ=place.environ, copy=PARTS)
    seen = Seen()

    with pytest.raises(TransferError, match="is a file, and the folder of"):
        send(model, place, overwrite=True, progress=seen)
    assert seen.begun == []


@pytest.mark.parametrize("name", ["new\nline", b"not-utf8-\xff"])
@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_a_name_that_can_be_no_key_is_refused(
    scheme: str, name: str | bytes, request: pytest.FixtureRequest, tmp_path: Path, model: Path
) -> None:
    (model / os.fsdecode(name)).write_bytes(b"x")

    with pytest.raises(UsageError, match="cannot be uploaded.*rename it"):
        send(model, made(scheme, request, tmp_path))


@pytest.mark.parametrize("name", ["back\\slash", "dot."])
def test_a_name_that_azure_would_change_is_refused_there(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, model: Path
) -> None:
    (model / name).write_bytes(b"x")

    with pytest.raises(UsageError, match="which Azure"):
        send(model, made("az", request, tmp_path))
    send(model, made("gs", request, tmp_path))


@pytest.mark.parametrize(
    ("uri", "instead"),
    [
        ("https://example.com/model.bin", "a web server is not written to; use s3://"),
        ("hf://owner/model", "hf upload"),
        ("webhdfs://namenode:9870/models", "hdfs dfs -put"),
        ("memory://models", "use s3://"),
        ("model-registry://iris/v1", "register that uri"),
        ("pvc://claim/path", "/mnt/pvc/"),
        ("s3://models/a/../b", "part '.' or '..'"),
        ("s3://models/a//b", "empty part"),
    ],
)
def test_where_nothing_is_uploaded_to_says_what_to_do_instead(uri: str, instead: str, model: Path) -> None:
    with pytest.raises(InvalidURI, match=re.escape(instead)):
        upload(model, uri, environ={})


# -- who asks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_a_bucket_that_is_not_there_is_told(
    scheme: str, request: pytest.FixtureRequest, tmp_path: Path, model: Path
) -> None:
    place = made(scheme, request, tmp_path)

    with pytest.raises(FilesNotFound, match="bucket"):
        upload(model, f"{scheme}://no-such-bucket/x", environ=place.environ, copy=PARTS)


def test_a_wrong_secret_is_told_as_for_a_download(s3: S3Server, model: Path) -> None:
    with pytest.raises(NotAllowed, match="check AWS_SECRET_ACCESS_KEY"):
        upload(model, "s3://models/x", environ={**s3.environ, "AWS_SECRET_ACCESS_KEY": "wrong"}, copy=PARTS)


def test_who_may_read_and_not_write_in_gcs_is_told_the_role(gcs: GCSServer, model: Path, tmp_path: Path) -> None:
    gcs.make_bucket("b")
    gcs.issued, gcs.tokens, gcs.writes = ["t"], {"t": 200}, 403
    environ = {"STORAGE_EMULATOR_HOST": gcs.url, "GOOGLE_APPLICATION_CREDENTIALS": str(key_file(tmp_path, gcs))}

    with pytest.raises(NotAllowed, match=r"may not write 'gs://b/x'.*roles/storage.objectUser"):
        upload(model, "gs://b/x", environ=environ, copy=PARTS)


def test_who_may_read_and_not_write_in_azure_is_told_the_role(azure: Azurite, model: Path) -> None:
    name = f"models-{uuid.uuid4().hex[:12]}"
    with azure.container(name) as container:
        container.create_container()
    may = ContainerSasPermissions(read=True, list=True)
    end = datetime.now(UTC) + timedelta(hours=1)
    signature = generate_container_sas(ACCOUNT, name, account_key=KEY, permission=may, expiry=end)

    with pytest.raises(NotAllowed, match="Storage Blob Data Contributor") as refused:
        upload(model, f"az://{name}/x?{signature}", environ=azure.public, copy=PARTS)
    assert "sig=" not in str(refused.value)


def test_an_identity_writes_to_azure_in_hadoops_spelling(azure: Azurite, model: Path) -> None:
    name = f"models-{uuid.uuid4().hex[:12]}"
    with azure.container(name) as container:
        container.create_container()
    uri = f"abfss://{name}@{ACCOUNT}.dfs.core.windows.net/x"

    assert upload(model, uri, environ={**azure.public, "AZURE_ACCESS_TOKEN": azure.token()}, copy=PARTS).digest


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_an_address_that_is_never_asked_is_not_written_to(scheme: str, model: Path) -> None:
    environ = {"AWS_ENDPOINT_URL": "http://169.254.169.254", "STORAGE_EMULATOR_HOST": "http://169.254.169.254"}

    with pytest.raises(NotAllowed, match="never asked"):
        upload(model, f"{scheme}://models/x", environ=environ, copy=PARTS)


# -- what goes wrong on the way ----------------------------------------------------------------


def test_a_session_of_gcs_that_breaks_goes_on_where_it_was(gcs: GCSServer, large: Path, target: Path) -> None:
    gcs.make_bucket("going-on")
    gcs.upload_cuts = [3 * MIB, MIB]
    seen = Seen()

    uploaded = upload(large, "gs://going-on/x", environ={"STORAGE_EMULATOR_HOST": gcs.url}, copy=PARTS, progress=seen)

    spans = [headers["content-range"] for path, headers in gcs.asked if "content-range" in headers]
    size = 8 * MIB + 7
    assert spans == [
        f"bytes 0-{size - 1}/{size}",
        f"bytes */{size}",
        f"bytes {3 * MIB}-{size - 1}/{size}",
        f"bytes */{size}",
        f"bytes {4 * MIB}-{size - 1}/{size}",
    ]
    assert seen.sent == uploaded.size
    fetch("gs://going-on/x", target, environ={"STORAGE_EMULATOR_HOST": gcs.url})
    assert found(target) == found(large)


def test_a_busy_store_is_asked_again(gcs: GCSServer, model: Path) -> None:
    gcs.make_bucket("busy")
    (model / "weights.bin").unlink()
    gcs.statuses = [200, 200, 503, 500]

    assert upload(model, "gs://busy/x", environ={"STORAGE_EMULATOR_HOST": gcs.url}, copy=PARTS).digest


def test_a_store_that_knows_checksums_is_sent_those(large: Path) -> None:
    with uploads_s3() as s3:
        upload(large, "s3://bucket/x", environ=s3.environ, copy=PARTS)

        assert s3.sent == ["crc32c", "crc32c"]
        assert s3.kept == {f"x/{name}": body for name, body in found(large).items()}


@pytest.mark.parametrize("manner", ["ignores", "refuses"])
def test_a_store_that_knows_no_checksums_is_sent_md5s(manner: str, large: Path) -> None:
    with uploads_s3(manner) as s3:
        upload(large, "s3://bucket/x", environ=s3.environ, copy=PARTS)

        assert s3.kept == {f"x/{name}": body for name, body in found(large).items()}
        assert s3.sent.count("md5") == 2


@pytest.mark.parametrize("manner", ["knows", "ignores"])
def test_what_comes_damaged_is_sent_again(manner: str, large: Path) -> None:
    seen = Seen()
    with uploads_s3(manner) as s3:
        s3.spoils = 3

        uploaded = upload(large, "s3://bucket/x", environ=s3.environ, copy=PARTS, progress=seen)

        assert s3.kept == {f"x/{name}": body for name, body in found(large).items()}
    assert seen.sent == uploaded.size


def test_what_is_kept_damaged_is_found_by_its_etag(model: Path) -> None:
    (model / "weights.bin").write_bytes(b"small")
    with uploads_s3("ignores") as s3:
        s3.keeps_damaged = 10

        with pytest.raises(VerificationFailed, match="is not what was sent"):
            upload(model, "s3://bucket/x", environ=s3.environ, copy=PARTS)


def test_a_part_that_fails_leaves_no_parts_and_no_object(large: Path) -> None:
    with uploads_s3() as s3:
        s3.fails = {"partNumber=2": 501}
        seen = Seen()

        with pytest.raises(TransferError, match="501"):
            upload(large, "s3://bucket/x", environ=s3.environ, copy=PARTS, progress=seen)

        assert (s3.uploads, s3.aborted, s3.kept) == ({}, 1, {})
        assert seen.ended == 1


def test_an_upload_that_was_made_although_its_answer_was_lost_is_done(large: Path) -> None:
    with uploads_s3() as s3:
        s3.loses_completion = True

        assert upload(large, "s3://bucket/x", environ=s3.environ, copy=PARTS).digest


def test_a_file_in_parts_comes_back_from_swift_and_is_checked(s3: S3Server, large: Path, target: Path) -> None:
    name = f"models-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(name)

    upload(large, f"s3://{name}/x", environ=s3.environ, copy=PARTS)

    receipt = fetch(f"s3://{name}/x", target, environ=s3.environ)
    assert found(target) == found(large)
    assert receipt.verification.digested == {"weights.bin": "md5"}
    (listed,) = s3.filesystem().call_s3("list_objects_v2", Bucket=name, Prefix="x/")["Contents"]
    assert listed["ETag"].endswith('-2"')


def test_swift_is_left_without_parts_when_a_file_changes(s3: S3Server, large: Path) -> None:
    name = f"models-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(name)

    class Changing(Seen):
        def advance(self, arrived: int, /) -> None:
            with (large / "weights.bin").open("r+b") as file:
                file.seek(8 * MIB)
                file.write(os.urandom(4))

    with pytest.raises(SourceChanged, match="weights.bin' changed while it was uploaded: run again"):
        upload(large, f"s3://{name}/x", environ=s3.environ, copy=PARTS, progress=Changing())

    said = s3.filesystem().call_s3("list_multipart_uploads", Bucket=name)
    assert not said.get("Uploads")
    assert not s3.filesystem().exists(f"{name}/x/weights.bin")


def test_a_file_that_changes_has_no_object(place: Place, model: Path, target: Path) -> None:
    class Changing(Seen):
        def advance(self, arrived: int, /) -> None:
            os.utime(model / "weights.bin", (1, 1))

    with pytest.raises(SourceChanged, match=r"^'.*weights.bin' changed while it was uploaded: run again"):
        send(model, place, progress=Changing())

    arrived: set[str] = set()
    try:
        fetch(place.uri, target, environ=place.environ, copy=PARTS)
        arrived = set(found(target))
    except FilesNotFound:
        pass
    assert "weights.bin" not in arrived
    assert not [name for name in arrived if ".mr-part" in name]


def test_a_folder_is_not_uploaded_into_itself(model: Path) -> None:
    with pytest.raises(UsageError, match="is within"):
        upload(model, f"file://{model}/copy", environ={})


# -- what it costs ----------------------------------------------------------------------------

PROGRAM = """
import os, sys
from pathlib import Path
import mr_client
mr_client.upload(Path(sys.argv[1]), sys.argv[2], environ=os.environ)
print(Path("/proc/self/status").read_text())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own account of a peak is in /proc")
@pytest.mark.parametrize(("scheme", "requests"), [("s3", 2), ("gs", 1), ("az", 2)])
def test_an_upload_of_128_mib_peaks_under_100_mib_and_goes_in_parts(scheme: str, requests: int, tmp_path: Path) -> None:
    with (tmp_path / "weights.bin").open("wb") as file:
        file.truncate(128 * MIB)
    with sink() as store:
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM, tmp_path / "weights.bin", f"{scheme}://b/model"],
            env=store.environ(scheme),
            capture_output=True,
            text=True,
            check=False,
        )

    assert run.returncode == 0, run.stderr
    assert (store.size, store.requests) == (128 * MIB, requests)
    peak = re.search(r"VmHWM:\s+(\d+) kB", run.stdout)
    assert peak is not None
    assert int(peak[1]) < 100 * 1024
