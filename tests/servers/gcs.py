"""Google Cloud Storage on loopback: an emulator, and before it what the emulator lacks.

That is pages, who may ask, conditions on the generation, 416, decompression on the way; and a server of tokens.
"""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from gcp_storage_emulator.server import create_server

from servers.threads import QuietHandler, serving

EMAIL = "reader@project.iam.gserviceaccount.com"


@dataclass
class GCSServer:
    """Where it is, what goes wrong, and what was asked."""

    url: str = ""
    emulator: str = ""
    page: int = 1000
    """Most objects of a page."""
    also: list[str] = field(default_factory=list)
    """Names in each list of objects that the emulator would not take, or not as many."""
    anonymous: bool = True
    """Whether nobody may read."""
    tokens: dict[str, int] = field(default_factory=dict)
    """Statuses of requests by their bearer tokens; a token that is not here is answered with 401."""
    issued: list[str] = field(default_factory=list)
    """Tokens that are given out, one after the other; the last one again and again, and none for an empty one."""
    lifetime: int = 3600
    """Seconds for which a token is good, as it is said."""
    refuses_key: bool = False
    """Whether the key is not accepted."""
    statuses: list[int] = field(default_factory=list)
    """Answered first, one for each request to the store."""
    cuts: list[int] = field(default_factory=list)
    """Bytes of content after which the connection is reset, one for each download."""
    writes: int = 200
    """Status for who may read and writes."""
    upload_cuts: list[int] = field(default_factory=list)
    """Bytes of a session's request that are kept before the connection is reset, one for each."""
    loses: int = 0
    """How many answers are lost that an object is made."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    sessions: dict[str, str] = field(default_factory=dict)
    """Path of the object that is made in a session, by the session's own."""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path with query, and headers in lower case, of each request."""

    def make_bucket(self, name: str) -> None:
        """Create a bucket."""
        self._send("POST", "/storage/v1/b?project=p", json.dumps({"name": name}).encode(), "application/json")

    def put(self, bucket: str, name: str, content: bytes, *, encoding: str | None = None) -> dict[str, Any]:
        """Write an object; return what the store says of it."""
        query, kind = urlencode({"uploadType": "media", "name": name}), "application/octet-stream"
        if not content:  # which the emulator takes in this form alone
            query, kind = "uploadType=multipart", "multipart/related; boundary=x"
            meta = f"Content-Type: application/json\r\n\r\n{json.dumps({'name': name})}"
            content = f"--x\r\n{meta}\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--x--".encode()
        said: dict[str, Any] = self._send("POST", f"/upload/storage/v1/b/{bucket}/o?{query}", content, kind)
        if encoding:
            body = json.dumps({"contentEncoding": encoding}).encode()
            said = self._send("PATCH", f"/storage/v1/b/{bucket}/o/{quote(name, safe='')}", body, "application/json")
        return said

    def patch(self, bucket: str, name: str, **said: str | None) -> None:
        """Change what the store says of an object."""
        body = json.dumps(said).encode()
        self._send("PATCH", f"/storage/v1/b/{bucket}/o/{quote(name, safe='')}", body, "application/json")

    def downloads(self) -> list[dict[str, str]]:
        """Return the headers of the requests for content."""
        return [headers for path, headers in self.asked if path.startswith("/download/")]

    def _send(self, method: str, path: str, body: bytes, kind: str) -> Any:
        status, answer, _ = ask(self.emulator, method, path, body, {"Content-Type": kind})
        assert status == 200, answer
        return json.loads(answer)


def ask(
    url: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes, dict[str, str]]:
    """Ask the emulator."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


def key_file(folder: Path, server: GCSServer, **changed: str) -> Path:
    """Write a service account's key, whose tokens the server gives."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = {
        "type": "service_account",
        "project_id": "project",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": EMAIL,
        "token_uri": f"{server.url}/token",
    }
    path = folder / "gcloud-application-credentials.json"
    path.write_text(json.dumps({**key, **changed}))
    return path


class _Handler(QuietHandler):
    server_: GCSServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self._recorded()
        if self.path.startswith("/upload/"):
            if self._let_in("create"):
                self._make("POST", body)
            return
        if self.server_.refuses_key:
            said = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
            self._answer(400, json.dumps(said).encode())
            return
        self._token()

    def do_PUT(self) -> None:
        """Take what comes in a session, which needs no other right than its address."""
        self._recorded()
        size, cuts = int(self.headers["Content-Length"]), self.server_.upload_cuts
        if not size or not cuts:
            self._make("PUT", self.rfile.read(size))
            return
        kept = cuts.pop(0)
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", self.headers["Content-Range"])
        assert found is not None
        start = int(found[1])
        body = self.rfile.read(kept)
        ask(
            self.server_.emulator,
            "PUT",
            self.path,
            body,
            {"Content-Range": f"bytes {start}-{start + kept - 1}/{found[2]}"},
        )
        self._reset()

    def _make(self, method: str, body: bytes) -> None:
        """Pass on what makes an object, or begins to, if nothing was to be there and is."""
        gcs = self.server_
        with gcs.lock:
            if method == "PUT":
                place = gcs.sessions.get(self.path, "")
            else:
                named = json.loads(body[body.index(b"{") : body.index(b"}") + 1])["name"]
                place = f"{urlsplit(self.path).path.removeprefix('/upload')}/{quote(named, safe='')}"
            if body and "ifGenerationMatch=0" in self.path and ask(gcs.emulator, "GET", place)[0] == 200:
                self._refuse(412, "At least one of the pre-conditions you specified did not hold.")
                return
            self._forward(method, body, place)

    def _forward(self, method: str, body: bytes, place: str) -> None:
        sent = {name: self.headers[name] for name in ("Content-Type", "Content-Range") if self.headers[name]}
        status, answer, said = ask(self.server_.emulator, method, self.path, body, sent)
        more = {name: said[name] for name in ("Range",) if name in said}
        if "Location" in said:
            more["Location"] = said["Location"].replace(self.server_.emulator, self.server_.url)
            self.server_.sessions[more["Location"].removeprefix(self.server_.url)] = place
        elif status == 200 and self.server_.loses:
            self.server_.loses -= 1
            self._reset()
            return
        self._answer(status, answer, more)

    def _reset(self) -> None:
        # Closing at once, with nothing lingering, is a reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def do_GET(self) -> None:
        self._recorded()
        parts = urlsplit(self.path)
        asked = dict(parse_qsl(parts.query))
        if parts.path.startswith("/computeMetadata/") or parts.path == "/":
            self._metadata(parts.path)
            return
        if not self._let_in("list"):
            return
        if parts.path.startswith("/download/"):
            self._download(parts.path, asked)
        elif parts.path.endswith("/o"):
            self._page(asked)
        else:
            status, body, _ = ask(self.server_.emulator, "GET", self.path)
            self._answer(status, body)

    def _let_in(self, right: str) -> bool:
        """Return whether a request is let in; if not, it is answered."""
        gcs = self.server_
        if gcs.statuses and (status := gcs.statuses.pop(0)) != 200:
            self._refuse(status, "Told.")
            return False
        bearer = (self.headers["Authorization"] or "").removeprefix("Bearer ")
        status = gcs.tokens.get(bearer, 401) if bearer and gcs.tokens else 200 if gcs.anonymous or bearer else 401
        if right == "create" and status == 200:
            status = gcs.writes
        if status != 200:
            who = EMAIL if bearer else "Anonymous caller"
            self._refuse(status, f"{who} does not have storage.objects.{right} access to the bucket.")
        return status == 200

    def _page(self, asked: dict[str, str]) -> None:
        status, body, _ = ask(self.server_.emulator, "GET", self.path)
        if status != 200:
            self._refuse(status, "The specified bucket does not exist.")
            return
        start, page = int(asked.get("pageToken", "0")), json.loads(body)
        also = [name for name in self.server_.also if name.startswith(asked.get("prefix", ""))]
        items = page["items"] + [{"name": name, "size": "1", "generation": "1"} for name in also]
        stop = start + min(int(asked.get("maxResults", "1000")), self.server_.page)
        following = {"nextPageToken": str(stop)} if stop < len(items) else {}
        self._answer(200, json.dumps({**page, "items": items[start:stop], **following}).encode())

    def _download(self, path: str, asked: dict[str, str]) -> None:
        status, said, _ = ask(self.server_.emulator, "GET", path.removeprefix("/download"))
        item = json.loads(said) if status == 200 else {}
        status, body, _ = ask(self.server_.emulator, "GET", path + "?alt=media")
        if status != 200:
            self._answer(404, b"No such object")
            return
        if asked.get("ifGenerationMatch", item["generation"]) != item["generation"]:
            self._refuse(412, "At least one of the pre-conditions you specified did not hold.")
            return
        if item.get("contentEncoding") == "gzip" and "gzip" not in (self.headers["Accept-Encoding"] or ""):
            self._answer(200, gzip.decompress(body))  # Range is ignored, too
            return
        encoding = {"Content-Encoding": "gzip"} if item.get("contentEncoding") == "gzip" else {}
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers["Range"] or "")
        if not found:
            self._answer(200, body, encoding, cut=True)
            return
        start, last = int(found[1]), min(int(found[2] or len(body) - 1), len(body) - 1)
        if start >= len(body):
            self._refuse(416, "Request range not satisfiable")
            return
        ranged = {"Content-Range": f"bytes {start}-{last}/{len(body)}", **encoding}
        self._answer(206, body[start : last + 1], ranged, cut=True)

    def _metadata(self, path: str) -> None:
        if path.endswith("/token"):
            self._token()
        elif path.endswith("/service-accounts/default/"):
            account = {"email": EMAIL, "scopes": ["https://www.googleapis.com/auth/cloud-platform"]}
            self._answer(200, json.dumps(account).encode(), {"Metadata-Flavor": "Google"})
        elif path.endswith("/universe-domain"):
            self._answer(404, b"")
        else:
            self._answer(200, b"project", {"Metadata-Flavor": "Google", "Content-Type": "application/text"})

    def _token(self) -> None:
        issued = self.server_.issued
        token = issued.pop(0) if len(issued) > 1 else "".join(issued)
        if not token:
            self._answer(404, b"no identity")
            return
        body = {"access_token": token, "expires_in": self.server_.lifetime, "token_type": "Bearer"}
        self._answer(200, json.dumps(body).encode(), {"Metadata-Flavor": "Google"})

    def _recorded(self) -> None:
        self.server_.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))

    def _refuse(self, status: int, message: str) -> None:
        self._answer(status, json.dumps({"error": {"code": status, "message": message}}).encode())

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None, *, cut: bool = False) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if cut and self.server_.cuts:
            self.wfile.write(body[: self.server_.cuts.pop(0)])
            self.wfile.flush()
            self._reset()
            return
        self.wfile.write(body)


@contextmanager
def gcs_emulator() -> Iterator[str]:
    """Run the emulator, in memory; yield its address."""
    server: Any = create_server("127.0.0.1", 0, in_memory=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{server._api._httpd.server_address[1]}"
    finally:
        server.stop()
        threading.Thread.join(server._api)


@contextmanager
def gcs_server(emulator: str) -> Iterator[GCSServer]:
    """Serve what an emulator holds, as Google would."""
    gcs = GCSServer(emulator=emulator)
    with serving(_Handler, server_=gcs) as gcs.url:
        yield gcs
