"""WebHDFS on loopback: a name node, and a data node on another port (Hadoop, "WebHDFS REST API")."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from servers.threads import QuietHandler, serving


@dataclass
class Hdfs:
    """What it holds, and what was asked."""

    url: str = ""
    """Of the name node."""
    data: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    """By absolute path."""
    changed: dict[str, int] = field(default_factory=dict)
    """Modification times that are not the usual one."""
    forbidden: set[str] = field(default_factory=set)
    standby: bool = False
    kerberos: bool = False
    knox: str | None = None
    """What a gateway wants to see in ``X-Knox``; None where there is no gateway."""
    asked: list[tuple[str, str, dict[str, list[str]], dict[str, str]]] = field(default_factory=list)
    """Server (``name`` or ``data``), path, query and headers (names in lower case) of each request."""


class _Name(QuietHandler):
    hdfs: Hdfs
    name = "name"

    def do_GET(self) -> None:
        hdfs, parts = self.hdfs, urlsplit(self.path)
        query = parse_qs(parts.query)
        path = unquote(parts.path).removeprefix("/webhdfs/v1")
        headers = {name.lower(): value for name, value in self.headers.items()}
        hdfs.asked.append((self.name, path, query, headers))
        below = [name for name in hdfs.files if name.startswith(path.rstrip("/") + "/")]
        if self.name == "data":
            start = int(query["offset"][0])
            length = int(query["length"][0]) if "length" in query else None
            body = hdfs.files[path]
            self.answer(200, body[start : None if length is None else start + length])
        elif hdfs.kerberos or (hdfs.knox and headers.get("x-knox") != hdfs.knox):
            self.answer(401, b"<html>", **{"WWW-Authenticate": "Negotiate"})
        elif hdfs.standby:
            self._exception(403, "StandbyException")
        elif path in hdfs.forbidden:
            self._exception(403, "AccessControlException")
        elif path not in hdfs.files and not below:
            self._exception(404, "FileNotFoundException")
        elif query["op"] == ["OPEN"]:
            self.answer(307, b"", Location=f"{hdfs.data}{self.path}")
        elif query["op"] == ["GETFILESTATUS"]:
            self._json({"FileStatus": self._status(path, "")})
        else:
            names = sorted({name.removeprefix(path.rstrip("/") + "/").partition("/")[0] for name in below})
            found = [self._status(f"{path.rstrip('/')}/{name}", name) for name in names]
            self._json({"FileStatuses": {"FileStatus": found}})

    def _status(self, path: str, suffix: str) -> dict[str, object]:
        body = self.hdfs.files.get(path)
        return {
            "pathSuffix": suffix,
            "type": "DIRECTORY" if body is None else "FILE",
            "length": len(body or b""),
            "modificationTime": self.hdfs.changed.get(path, 1_700_000_000_123),
            "fileId": 16385,
        }

    def _exception(self, status: int, name: str) -> None:
        self._json({"RemoteException": {"exception": name, "message": "for a person"}}, status)

    def _json(self, value: object, status: int = 200) -> None:
        self.answer(status, json.dumps(value).encode())


class _Data(_Name):
    name = "data"


@contextmanager
def webhdfs_server(*, tls: ssl.SSLContext | None = None) -> Iterator[Hdfs]:
    """Run a name node and a data node."""
    hdfs = Hdfs()
    with serving(_Name, hdfs=hdfs, tls=tls) as hdfs.url, serving(_Data, hdfs=hdfs, tls=tls) as hdfs.data:
        yield hdfs
