"""Where the shared cases are run: a place in a store for each protocol, on the servers that there are.

Every server that has an address is behind a front that speaks TLS with a private authority, so that each case is also
one of that authority; and so that what is carried can be counted, cut off and damaged on the way.
"""

from __future__ import annotations

import json
import ssl
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import trustme
import urllib3

from mr_client.errors import FilesNotFound, MRClientError, NotAllowed
from servers.azurite import ACCOUNT, Azurite, signature
from servers.front import Front, front
from servers.gcs import EMAIL, gcs_server, key_file
from servers.hub import hub_server
from servers.s3 import S3Server
from servers.swift_listing import listed_in_swift
from servers.web import web_server
from servers.webhdfs import webhdfs_server

__all__ = ["PLACES", "Place", "Refusal", "Servers"]

WRONG = "Hunter2Hunter2xx"
"""A secret that lets nobody in; base64, as Azure's keys are."""


@dataclass(frozen=True)
class Refusal:
    """Who is not let in, and what that person is told."""

    environ: Mapping[str, str]
    kind: type[MRClientError]
    says: str


@dataclass(frozen=True)
class Place:
    """A place in a store that a test may fill."""

    put: Callable[[Mapping[str, bytes]], object]
    """Puts contents there, by their names below the place."""
    uri: Callable[[str], str]
    """Returns the URI of a name, as a user would write it."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """What KServe injects for somebody who may read there."""
    lists: bool = True
    """Whether the store can say what is in a folder."""
    wrong: Refusal | None = None
    """Credentials that are wrong."""
    nobody: Refusal | None = None
    """No credentials at all."""
    no_bucket: str = ""
    """The URI of a file in a bucket that is not there."""
    trust: str = ""
    """The variable that names the private authority; without it, the store is not trusted."""
    front: Front | None = None
    """Passes the bytes of files on."""


@dataclass(frozen=True)
class Servers:
    """What the places share with other tests, and a folder for what is this one's own."""

    folder: Path
    shared: Callable[[str], Any]
    """Returns the server of that name, which runs for all tests (see ``conftest.py``)."""
    place: Callable[[str], Place]
    """Returns the place of another protocol."""
    authority: trustme.CA = field(default_factory=trustme.CA)

    @property
    def ca_file(self) -> Path:
        """Return a file of the private authority."""
        file = self.folder / "authority.pem"
        if not file.exists():
            self.authority.cert_pem.write_to_path(str(file))
        return file

    def front(self, behind: str, trust: ssl.SSLContext | None = None) -> AbstractContextManager[Front]:
        """Speak TLS before a server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("127.0.0.1").configure_cert(context)
        return front(behind, context, trust=trust)


@contextmanager
def s3(servers: Servers) -> Iterator[Place]:
    """OpenStack Swift, which checks signatures."""
    server: S3Server = servers.shared("s3")
    bucket, filesystem = f"cases-{uuid.uuid4().hex[:12]}", server.filesystem()
    server.make_bucket(bucket)

    def put(files: Mapping[str, bytes]) -> None:
        if len(files) > 1000 and server.name != "moto":  # Swift writes each to the disk: half a minute in all
            listed_in_swift(servers.shared("s3_folder"), bucket, list(files))
            return
        for name, body in files.items():
            filesystem.call_s3("put_object", Bucket=bucket, Key=name, Body=body)

    with servers.front(server.endpoint) as secure:
        known = {**server.environ, "AWS_ENDPOINT_URL": secure.url, "AWS_CA_BUNDLE": str(servers.ca_file)}
        nobody = {name: value for name, value in known.items() if "KEY" not in name}
        yield Place(
            put=put,
            uri=lambda name: f"s3://{bucket}/{name}",
            environ=known,
            wrong=Refusal(
                {**known, "AWS_SECRET_ACCESS_KEY": WRONG}, NotAllowed, "SignatureDoesNotMatch: .*AWS_SECRET_ACCESS_KEY"
            ),
            nobody=Refusal(nobody, NotAllowed, "set AWS_ACCESS_KEY_ID"),
            no_bucket="s3://there-is-no-such-bucket/model",
            trust="AWS_CA_BUNDLE",
            front=secure,
        )


@contextmanager
def gs(servers: Servers) -> Iterator[Place]:
    """The emulator, behind what gives pages and asks for tokens."""
    bucket = f"cases-{uuid.uuid4().hex[:12]}"
    emulator: str = servers.shared("emulated_gcs")
    with gcs_server(emulator) as server, gcs_server(emulator) as other, servers.front(server.url) as secure:
        server.make_bucket(bucket)
        server.anonymous, server.issued, server.tokens = False, ["first"], {"first": 200}
        other.issued = [WRONG]
        (servers.folder / "other").mkdir()
        known = {
            "STORAGE_EMULATOR_HOST": secure.url,
            "SSL_CERT_FILE": str(servers.ca_file),
            "GOOGLE_APPLICATION_CREDENTIALS": str(key_file(servers.folder, server)),
        }
        wrong = {"GOOGLE_APPLICATION_CREDENTIALS": str(key_file(servers.folder / "other", other))}

        def put(files: Mapping[str, bytes]) -> None:
            if len(files) > 1000:  # 30 ms each to the emulator
                server.also = list(files)
                return
            for name, body in files.items():
                server.put(bucket, name, body)

        yield Place(
            put=put,
            uri=lambda name: f"gs://{bucket}/{name}",
            environ=known,
            wrong=Refusal(known | wrong, NotAllowed, f"does not accept the credentials of '{EMAIL}' .*make a new key"),
            nobody=Refusal(
                known | {"GOOGLE_APPLICATION_CREDENTIALS": ""},
                NotAllowed,
                "denied to anonymous callers .*GOOGLE_APPLICATION_CREDENTIALS",
            ),
            no_bucket="gs://there-is-no-such-bucket/model",
            trust="SSL_CERT_FILE",
            front=secure,
        )


@contextmanager
def az(servers: Servers) -> Iterator[Place]:
    """Azurite, which checks keys and signatures."""
    server: Azurite = servers.shared("azure")
    name = f"cases-{uuid.uuid4().hex[:12]}"
    with (
        server.container(name) as container,
        servers.front(
            server.endpoint.rpartition("/")[0], ssl.create_default_context(cafile=str(server.ca_file))
        ) as secure,
    ):
        container.create_container()
        known = {
            **server.environ,
            "AZURE_SERVICE_URL": f"{secure.url}/{ACCOUNT}",
            "SSL_CERT_FILE": str(servers.ca_file),
        }
        held: dict[str, bytes] = {}
        query = signature(container, write=True)
        pool = urllib3.PoolManager(maxsize=8, ca_certs=str(server.ca_file))

        def put_one(blob: str, body: bytes) -> None:
            # By hand, since Azure's own client takes 10 ms for each.
            address = f"{server.endpoint}/{name}/{quote(blob, safe='')}?{query}"
            answer = pool.request("PUT", address, body, headers={"x-ms-blob-type": "BlockBlob"})
            assert answer.status == 201, answer.data

        def put(files: Mapping[str, bytes]) -> None:
            new = {blob: body for blob, body in files.items() if held.get(blob) != body}
            _at_once(put_one, new)
            held.update(new)

        yield Place(
            put=put,
            uri=lambda blob: f"az://{name}/{blob}",
            environ=known,
            wrong=Refusal(known | {"AZURE_STORAGE_ACCESS_KEY": WRONG}, NotAllowed, r"is denied \(403.*check the key"),
            nobody=Refusal(known | {"AZURE_STORAGE_ACCESS_KEY": ""}, NotAllowed, "is denied|not public"),
            no_bucket="az://there-is-no-such-container/model",
            trust="SSL_CERT_FILE",
            front=secure,
        )


@contextmanager
def abfs(servers: Servers) -> Iterator[Place]:
    """The same by Hadoop's spelling."""
    place, lake = servers.place("az"), f"@{ACCOUNT}.dfs.core.windows.net/"

    def spelled(uri: str) -> str:
        container, _, blob = uri.removeprefix("az://").partition("/")
        return f"abfss://{container}{lake}{blob}"

    yield replace(place, uri=lambda blob: spelled(place.uri(blob)), no_bucket=spelled(place.no_bucket))


@contextmanager
def https(servers: Servers) -> Iterator[Place]:
    """A web server, which says a digest and asks for a token."""
    with web_server() as server, servers.front(server.url) as secure:
        server.bearer, server.digests = "first", True
        known = {
            "SSL_CERT_FILE": str(servers.ca_file),
            "127.0.0.1-headers": json.dumps({"Authorization": "Bearer first"}),
        }
        wrong = {"127.0.0.1-headers": json.dumps({"Authorization": f"Bearer {WRONG}"})}
        yield Place(
            put=lambda files: server.content.update({f"/{quote(name)}": body for name, body in files.items()}),
            uri=lambda name: f"{secure.url}/{quote(name)}",
            environ=known,
            lists=False,
            wrong=Refusal(known | wrong, NotAllowed, r"is denied \(401 .*check the credentials"),
            nobody=Refusal(known | {"127.0.0.1-headers": ""}, NotAllowed, r"is denied \(401 .*check the credentials"),
            trust="SSL_CERT_FILE",
            front=secure,
        )


@contextmanager
def hf(servers: Servers) -> Iterator[Place]:
    """A stub of the hub, with its CDN."""
    held: dict[str, bytes] = {}
    with hub_server() as hub, servers.front(hub.url) as secure, servers.front(hub.cdn) as cdn:
        hub.url, hub.cdn, hub.token, hub.page = secure.url, cdn.url, "first", 1000
        known = {"HF_ENDPOINT": secure.url, "HF_TOKEN": "first", "SSL_CERT_FILE": str(servers.ca_file)}

        def put(files: Mapping[str, bytes]) -> None:
            held.update(files)
            hub.commit("main", held)

        yield Place(
            put=put,
            uri=lambda name: f"hf://acme/iris/{quote(name)}",
            environ=known,
            wrong=Refusal(known | {"HF_TOKEN": WRONG}, NotAllowed, "HF_TOKEN is no good there: make a new"),
            nobody=Refusal(known | {"HF_TOKEN": ""}, FilesNotFound, "set HF_TOKEN if it is private"),
            no_bucket="hf://acme/rose",
            trust="SSL_CERT_FILE",
            front=cdn,
        )


@contextmanager
def webhdfs(servers: Servers) -> Iterator[Place]:
    """A stub of a name node and a data node, behind a gateway that asks for a header."""
    with ExitStack() as stack:
        server = stack.enter_context(webhdfs_server())
        name_node, data_node = (stack.enter_context(servers.front(each)) for each in (server.url, server.data))
        server.data, server.knox = data_node.url, "first"

        def secret(knox: str | None) -> dict[str, str]:
            folder = servers.folder / f"hdfs-{knox}"
            folder.mkdir()
            (folder / "HDFS_NAMENODE").write_text(name_node.url)
            if knox:
                (folder / "HEADERS").write_text(json.dumps({"X-Knox": knox}))
            return {"HDFS_SECRET_DIR": str(folder), "SSL_CERT_FILE": str(servers.ca_file)}

        yield Place(
            put=lambda files: server.files.update({f"/models/{name}": body for name, body in files.items()}),
            uri=lambda name: f"webhdfs://models/{quote(name)}",
            environ=secret("first"),
            wrong=Refusal(secret(WRONG), NotAllowed, r"is denied \(401.*named in HDFS_NAMENODE with HEADERS"),
            nobody=Refusal(secret(None), NotAllowed, r"is denied \(401.*named in HDFS_NAMENODE with HEADERS"),
            trust="SSL_CERT_FILE",
            front=data_node,
        )


@contextmanager
def file(servers: Servers) -> Iterator[Place]:
    """A folder that is mounted."""
    root = servers.folder / "a volume"
    yield Place(put=lambda files: _written(root, files), uri=lambda name: f"file://{quote(str(root / name))}")


@contextmanager
def pvc(servers: Servers) -> Iterator[Place]:
    """The same as the bare path that KServe passes for a volume claim."""
    root = servers.folder / "pvc"
    yield Place(put=lambda files: _written(root, files), uri=lambda name: str(root / name))


PLACES: Mapping[str, Callable[[Servers], AbstractContextManager[Place]]] = {
    "s3": s3,
    "gs": gs,
    "az": az,
    "abfs": abfs,
    "https": https,
    "hf": hf,
    "webhdfs": webhdfs,
    "file": file,
    "pvc": pvc,
}
"""By protocol, in the order of the table."""


def _at_once(put: Callable[[str, bytes], object], files: Mapping[str, bytes]) -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(put, files, files.values()):
            pass


def _written(root: Path, files: Mapping[str, bytes]) -> None:
    for name, body in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(body)
