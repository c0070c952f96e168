"""A Hugging Face hub on loopback, with its CDN on another port: the addresses that are asked, and its error codes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from servers.threads import QuietHandler, serving


@dataclass
class Hub:
    """What it holds, and what was asked."""

    url: str = ""
    cdn: str = ""
    commits: dict[str, str] = field(default_factory=dict)
    """Commit of each branch and tag."""
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Files of each commit; those that end in ``.bin`` are in LFS, and on the CDN."""
    described: dict[str, object] = field(default_factory=dict)
    """What else it says of the model."""
    token: str | None = None
    """Who bears it is let in; without one, everybody."""
    gated: bool = False
    """Whether everybody sees the names, and nobody the bytes."""
    statuses: list[int] = field(default_factory=list)
    """Answered first."""
    page: int = 3
    """Files in a page of a listing; the real one has 1,000."""
    corrupt: bool = False
    """Whether the CDN sends other bytes."""
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Server (``hub`` or ``cdn``), path and headers (names in lower case) of each request."""

    def commit(self, branch: str, files: dict[str, bytes]) -> str:
        """Make a commit of these files; return it."""
        commit = hashlib.sha1(repr((branch, files)).encode(), usedforsecurity=False).hexdigest()
        self.commits[branch] = self.commits[commit] = commit
        self.trees[commit] = files
        return commit


class _Handler(QuietHandler):
    hub: Hub
    name = "hub"

    def do_GET(self) -> None:
        hub, parts = self.hub, urlsplit(self.path)
        hub.asked.append((self.name, self.path, {name.lower(): value for name, value in self.headers.items()}))
        if hub.statuses:
            self.answer(hub.statuses.pop(0))
        elif self.name == "cdn":
            _, commit, *path = parts.path.split("/")
            body = hub.trees[commit][unquote("/".join(path))]
            self._bytes(body[::-1] if hub.corrupt else body)
        elif hub.token and self.headers["Authorization"] != f"Bearer {hub.token}":
            self.answer(401, b"", **{"X-Error-Code": "RepoNotFound"} if "Authorization" not in self.headers else {})
        else:
            self._model(parts.path.split("/")[1:], parts.query)

    def _model(self, path: list[str], query: str) -> None:
        match path:
            case ["api", "models", "acme", "iris", "revision", revision]:
                if (commit := self.hub.commits.get(unquote(revision))) is None:
                    self.answer(404, b"", **{"X-Error-Code": "RevisionNotFound"})
                else:
                    self._json(
                        {
                            "id": "acme/iris",
                            "sha": commit,
                            "siblings": [],
                            "gated": self.hub.gated,
                            **self.hub.described,
                        }
                    )
            case ["api", "models", "acme", "iris", "tree", commit]:
                self._page(commit, query)
            case ["acme", "iris", "resolve", commit, *rest]:
                name = unquote("/".join(rest))
                if self.hub.gated:
                    self.answer(403, b"", **{"X-Error-Code": "GatedRepo"})
                elif name not in self.hub.trees.get(commit, {}):
                    self.answer(404, b"", **{"X-Error-Code": "EntryNotFound"})
                elif name.endswith(".bin"):
                    self.answer(302, b"", Location=f"{self.hub.cdn}/{commit}/{'/'.join(rest)}")
                else:
                    self._bytes(self.hub.trees[commit][name])
            case _:
                self.answer(404, b"", **{"X-Error-Code": "RepoNotFound"})

    def _page(self, commit: str, query: str) -> None:
        files = self.hub.trees[commit]
        entries: list[dict[str, object]] = [
            {"type": "directory", "oid": "0" * 40, "size": 0, "path": folder}
            for folder in sorted({name.rpartition("/")[0] for name in files} - {""})
        ]
        for name, body in files.items():
            git = hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()
            lfs = {"oid": hashlib.sha256(body).hexdigest(), "size": len(body), "pointerSize": 130}
            entry = {"type": "file", "oid": git, "size": len(body), "path": name}
            entries.append(entry | ({"lfs": lfs} if name.endswith(".bin") else {}))
        first = int(dict(part.split("=") for part in query.split("&")).get("cursor", 0))
        more = {}
        if first + self.hub.page < len(entries):
            address = f"{self.hub.url}/api/models/acme/iris/tree/{commit}?recursive=true&expand=false"
            more["Link"] = f'<{address}&cursor={first + self.hub.page}>; rel="next"'
        self._json(entries[first : first + self.hub.page], **more)

    def _bytes(self, body: bytes) -> None:
        asked = self.headers["Range"]
        if asked is None:
            self.answer(200, body)
            return
        start, _, last = asked.removeprefix("bytes=").partition("-")
        end = min(int(last or len(body)), len(body) - 1)
        part = body[int(start) : end + 1]
        self.answer(206, part, **{"Content-Range": f"bytes {start}-{end}/{len(body)}"})

    def _json(self, value: object, **headers: str) -> None:
        self.answer(200, json.dumps(value).encode(), **{"Content-Type": "application/json"}, **headers)


class _CDN(_Handler):
    name = "cdn"


@contextmanager
def hub_server() -> Iterator[Hub]:
    """Serve the model ``acme/iris``."""
    hub = Hub()
    with serving(_Handler, hub=hub) as hub.url, serving(_CDN, hub=hub) as hub.cdn:
        yield hub
