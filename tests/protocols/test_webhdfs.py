"""``webhdfs://``, and ``hdfs://`` with KServe's secret, against a stub of the two kinds of node."""

from __future__ import annotations

import base64
import json
import os
import ssl
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
import trustme

from mr_client.errors import (
    FilesNotFound,
    InvalidSettings,
    InvalidURI,
    MRClientError,
    NotAllowed,
    SourceChanged,
    TransferError,
)
from mr_client.flow import fetch
from mr_client.receipt import Receipt
from mr_client.storage.copy.settings import CopySettings
from mr_client.storage.locate import locate
from mr_client.storage.store import open_store
from servers.webhdfs import Hdfs, webhdfs_server

ONCE = CopySettings(attempts=1)
RANGES = CopySettings(range_size=1024 * 1024, checkpoint=256 * 1024)
BIG = os.urandom(2_500_000)


@pytest.fixture
def hdfs() -> Iterator[Hdfs]:
    with webhdfs_server() as hdfs:
        hdfs.files = {
            "/user/me/model/big.bin": BIG,
            "/user/me/model/sub/a b%25+&=#?.json": b"{}",
            "/user/me/model/empty": b"",
            "/user/me/model2/other": b"x",
        }
        yield hdfs


@pytest.fixture
def secret(hdfs: Hdfs, tmp_path: Path) -> Path:
    """The folder that KServe mounts."""
    folder = tmp_path / "kserve-hdfscreds"
    folder.mkdir()
    (folder / "HDFS_NAMENODE").write_text(hdfs.url + "\n")
    return folder


def by_secret(uri: str, secret: Path, target: Path) -> Receipt:
    return fetch(uri, target, environ={"HDFS_SECRET_DIR": str(secret)}, copy=RANGES)


def by_host(hdfs: Hdfs, path: str, target: Path, **environ: str) -> Receipt:
    return fetch(f"webhdfs{hdfs.url.removeprefix('http')}{path}", target, environ=environ, copy=RANGES)


def found(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


MODEL = {"big.bin": BIG, "sub/a b%25+&=#?.json": b"{}", "empty": b""}


def test_a_file_comes_alone_and_in_ranges_that_the_query_names(hdfs: Hdfs, target: Path) -> None:
    by_host(hdfs, "/user/me/model/big.bin", target)

    assert found(target) == {"big.bin": BIG}
    ranges = {(query["offset"][0], query["length"][0]) for server, _, query, _ in hdfs.asked if server == "data"}
    assert len(ranges) == 3


def test_the_stub_is_webhdfs_to_fsspec(hdfs: Hdfs) -> None:
    host, port = hdfs.url.removeprefix("http://").split(":")
    filesystem: Any = fsspec.filesystem("webhdfs", host=host, port=int(port), skip_instance_cache=True)

    assert filesystem.info("/user/me/model/big.bin")["size"] == len(BIG)
    assert filesystem.cat_file("/user/me/model/big.bin", start=10, end=20) == BIG[10:20]
    assert {Path(name).name for name in filesystem.find("/user/me/model")} == {Path(name).name for name in MODEL}


@pytest.mark.parametrize("uri", ["hdfs://user/me/model", "webhdfs://user/me/model", "hdfs:///user/me/model"])
def test_with_kserves_secret_what_follows_the_scheme_is_a_path(uri: str, secret: Path, target: Path) -> None:
    by_secret(uri, secret, target)

    assert found(target) == MODEL


def test_with_the_secret_a_uri_may_also_name_its_host(hdfs: Hdfs, secret: Path, target: Path) -> None:
    by_secret(f"webhdfs{hdfs.url.removeprefix('http')}/user/me/model", secret, target)

    assert found(target) == MODEL


def test_a_root_of_the_secret_comes_before_a_path(secret: Path, target: Path) -> None:
    (secret / "HDFS_ROOTPATH").write_text("/user/me")

    by_secret("hdfs://model", secret, target)

    assert found(target) == MODEL


def test_who_asks_is_told_to_the_name_node_and_its_headers_to_no_other(hdfs: Hdfs, secret: Path, target: Path) -> None:
    (secret / "USER_PROXY").write_text("alice")
    (secret / "HEADERS").write_text('{"X-Knox": "hunter2"}')
    environ = {"HDFS_SECRET_DIR": str(secret), "HADOOP_USER_NAME": "kserve"}

    fetch("hdfs://user/me/model/empty", target / "a", environ=environ)
    fetch("hdfs://user/me/model/big.bin", target / "b", environ=environ)

    for server, _, query, headers in hdfs.asked:
        assert (query["user.name"], query["doas"]) == (["kserve"], ["alice"])
        assert headers.get("x-knox") == ("hunter2" if server == "name" else None)


def test_a_name_node_that_is_not_active_or_not_there_is_passed_over(hdfs: Hdfs, secret: Path, target: Path) -> None:
    with webhdfs_server() as standby:
        standby.standby = True
        (secret / "HDFS_NAMENODE").write_text(f"http://127.0.0.1:9;{standby.url};{hdfs.url}")

        by_secret("hdfs://user/me/model", secret, target)

    assert found(target) == MODEL


def test_a_file_that_changes_while_it_is_read_is_not_mixed(hdfs: Hdfs) -> None:
    store = open_store(locate(f"webhdfs{hdfs.url.removeprefix('http')}/user/me/model/big.bin", {}))
    (file,) = store.files()
    hdfs.changed["/user/me/model/big.bin"] = 1_800_000_000_000

    with pytest.raises(SourceChanged):
        list(store.read(file, 0, 100))


def test_what_is_there_does_not_come_twice(hdfs: Hdfs, target: Path) -> None:
    by_host(hdfs, "/user/me/model", target)

    assert by_host(hdfs, "/user/me/model", target).fetched == 0


def configured(**values: str) -> dict[str, str]:
    return {"STORAGE_CONFIG": json.dumps({"type": "hdfs", **values})}


def test_a_storage_config_says_what_the_mounted_secret_would_and_wins(hdfs: Hdfs, secret: Path, target: Path) -> None:
    (secret / "HDFS_NAMENODE").write_text("http://127.0.0.1:9")
    (secret / "HDFS_ROOTPATH").write_text("/elsewhere")
    environ = {
        "HDFS_SECRET_DIR": str(secret),
        **configured(HDFS_NAMENODE=hdfs.url, HDFS_ROOTPATH="/user/me", USER_PROXY="alice", HEADERS='{"X-Knox": "me"}'),
    }

    fetch("hdfs://model", target, environ=environ, copy=RANGES)

    assert found(target) == MODEL
    assert {query["doas"][0] for _, _, query, _ in hdfs.asked} == {"alice"}
    assert {headers.get("x-knox") for server, _, _, headers in hdfs.asked if server == "name"} == {"me"}


@pytest.mark.parametrize("encoded", [True, False], ids=["base64, as KServe wants it", "as it is"])
def test_certificates_of_a_storage_config_are_shown_trusted_and_left_nowhere(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoded: bool
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    shown = authority.issue_cert("kserve.example")
    files = {
        "TLS_CA": authority.cert_pem.bytes(),
        "TLS_CERT": shown.cert_chain_pems[0].bytes(),
        "TLS_KEY": shown.private_key_pem.bytes(),
    }
    said = {name: base64.encodebytes(pem).decode() if encoded else pem.decode() for name, pem in files.items()}
    with webhdfs_server(tls=context) as hdfs:
        hdfs.files = {"/m/big.bin": BIG}
        unshown = configured(HDFS_NAMENODE=hdfs.url, TLS_CA=said["TLS_CA"])

        fetch("hdfs://m", target, environ=configured(HDFS_NAMENODE=hdfs.url, **said), copy=RANGES)
        with pytest.raises(TransferError):
            fetch("hdfs://m", tmp_path / "b", environ=unshown, copy=ONCE)

    assert found(target) == {"big.bin": BIG}
    assert not list(tmp_path.glob("*.pem"))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "HDFS_NAMENODE in 'STORAGE_CONFIG' is empty or missing"),
        ({"HDFS_NAMENODE": "http://nn", "TLS_KEY": "hunter2"}, "TLS_KEY in STORAGE_CONFIG is no PEM in base64"),
        ({"HDFS_NAMENODE": "http://nn", "TLS_CA": "aHVudGVyMg=="}, "TLS_CA in STORAGE_CONFIG is no PEM in base64"),
        ({"HDFS_NAMENODE": "http://nn", "KERBEROS_PRINCIPAL": "me@R"}, "'STORAGE_CONFIG' asks for Kerberos"),
        ({"HDFS_NAMENODE": "http://nn", "HEADERS": "hunter2"}, "HEADERS in STORAGE_CONFIG' is no JSON object"),
        ({"HDFS_NAMENODE": "nn:9870"}, r"give http\(s\)://HOST:PORT"),
    ],
)
def test_a_storage_config_that_cannot_be_used_says_why(values: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidSettings, match=says) as raised:
        locate("hdfs://user/me/model", configured(USER_PROXY="x", **values))

    assert "hunter2" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("file", "text", "kind", "says"),
    [
        ("KERBEROS_PRINCIPAL", "me@REALM", InvalidSettings, "asks for Kerberos, which is not spoken here: take"),
        ("HEADERS", "hunter2", InvalidSettings, "HEADERS in .*' is no JSON object of headers"),
        ("HDFS_NAMENODE", "nn:9870", InvalidSettings, r"give http\(s\)://HOST:PORT"),
        ("HDFS_NAMENODE", "http://169.254.169.254", NotAllowed, "never asked"),
    ],
)
def test_a_secret_that_cannot_be_used_says_why(
    secret: Path, target: Path, file: str, text: str, kind: type[MRClientError], says: str
) -> None:
    (secret / file).write_text(text)

    with pytest.raises(kind, match=says) as raised:
        by_secret("hdfs://user/me/model", secret, target)

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("path", "state", "kind", "says"),
    [
        ("/no/such", {}, FilesNotFound, "Nothing is at '/no/such' in HDFS"),
        ("/user/me/model", {"forbidden": {"/user/me/model"}}, NotAllowed, "let the user of HADOOP_USER_NAME"),
        ("/user/me/model", {"kerberos": True}, NotAllowed, "a cluster with Kerberos is asked through an HttpFS"),
        ("/user/me/model", {"standby": True}, TransferError, "check that it is active"),
        ("/user/me/model/big.bin/", {}, FilesNotFound, "is a file, not a folder"),
    ],
)
def test_what_cannot_be_had_says_what_to_do(
    hdfs: Hdfs, target: Path, path: str, state: dict[str, Any], kind: type[MRClientError], says: str
) -> None:
    for name, value in state.items():
        setattr(hdfs, name, value)

    with pytest.raises(kind, match=says):
        by_host(hdfs, path, target)
    assert not target.exists()


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("hdfs://namenode:8020/user/me", "Hadoop's own protocol: write webhdfs://HOST:PORT/PATH"),
        ("webhdfs:///user/me", "names no host and path"),
        ("webhdfs://namenode", "names no host and path"),
        ("webhdfs://me:hunter2@namenode/user", "came with a password"),
    ],
)
def test_without_the_secret_a_uri_names_host_and_path(uri: str, says: str) -> None:
    with pytest.raises(InvalidURI, match=says) as raised:
        locate(uri, {})

    assert "hunter2" not in str(raised.value)
