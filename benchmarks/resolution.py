"""What a resolution costs on a local registry: ``scripts/bench resolution``.

The embedded registry runs in a process of its own, on an SQLite file with 10,000 versions of one
model; the client is one thread. The baseline is the same three requests by httpx alone, made in
turn with the resolutions, so that a busy machine slows both. Connections are counted as TCP
connections that httpx opens, and requests as it sends them.
"""

from __future__ import annotations

import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from mr_client.registry import RegistryAPI
from mr_client.resolver import resolve
from mr_client.settings import Endpoint
from mr_client.uri import ModelURI

VERSIONS = 10_000
REPEATS = 200
BASE = "/api/model_registry/v1alpha3"
NEWEST = {"pageSize": "100", "orderBy": "CREATE_TIME", "sortOrder": "DESC"}
ALL = {"pageSize": "500", "orderBy": "ID", "sortOrder": "ASC"}
ARTIFACTS = {**ALL, "artifactType": "model-artifact"}
PROGRAM = (
    "import sys, mr_registry; mr_registry.run(sys.argv[1], '127.0.0.1', 0, ready=lambda url: print(url, flush=True))"
)


class Counting(httpx.HTTPTransport):
    """A transport that counts requests, and the connections that they open."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0
        self.connections = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and count what it opens."""
        self.requests += 1
        request.extensions = {**request.extensions, "trace": self._trace}
        return super().handle_request(request)

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        self.connections += event == "connection.connect_tcp.complete"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder, "registry.db")
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, database], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            first, last = populate(url, database)
            compare(url, "`iris/v1`, named", ModelURI("iris", "v1"), named(first))
            compare(url, f"`iris`, the newest of {VERSIONS:,}", ModelURI("iris"), newest(last))
        finally:
            process.terminate()
            process.wait(timeout=10)


def populate(url: str, database: Path) -> tuple[str, str]:
    """Register a model of many versions; return the ids of the first and the last, which have an artifact each."""
    with httpx.Client(base_url=url + BASE, timeout=60) as client:
        model = client.post("/registered_models", json={"name": "iris"}).json()["id"]
        with closing(sqlite3.connect(database)) as db, db:
            db.executemany(
                "INSERT INTO contexts (kind, parent_id, name, create_time, update_time, fields, properties)"
                """ VALUES ('ModelVersion', ?, ?, ?, 0, '{"state": "LIVE"}', '{}')""",
                [(model, f"v{number}", number) for number in range(1, VERSIONS + 1)],
            )
        ids = [
            client.get("/model_version", params={"name": f"v{number}", "parentResourceId": model}).json()["id"]
            for number in (1, VERSIONS)
        ]
        for id in ids:
            artifact = {"artifactType": "model-artifact", "uri": "s3://models/iris", "state": "LIVE"}
            assert client.post(f"/model_versions/{id}/artifacts", json=artifact).status_code == 201
    return ids[0], ids[1]


def named(version: str) -> Callable[[httpx.Client], None]:
    def ask(client: httpx.Client) -> None:
        model = client.get("/registered_model", params={"name": "iris"}).json()["id"]
        client.get("/model_version", params={"name": "v1", "parentResourceId": model}).json()
        client.get(f"/model_versions/{version}/artifacts", params=ARTIFACTS).json()

    return ask


def newest(version: str) -> Callable[[httpx.Client], None]:
    def ask(client: httpx.Client) -> None:
        model = client.get("/registered_model", params={"name": "iris"}).json()["id"]
        client.get(f"/registered_models/{model}/versions", params=NEWEST).json()
        client.get(f"/model_versions/{version}/artifacts", params=ARTIFACTS).json()

    return ask


def compare(url: str, name: str, uri: ModelURI, bare: Callable[[httpx.Client], None]) -> None:
    """Time resolutions and the bare requests in turn, each on a connection of its own, as a pod has it."""
    ours, theirs = [], []
    for _ in range(REPEATS):
        transport = Counting()
        api = RegistryAPI(Endpoint(url), transport=transport)
        begun = time.perf_counter()
        found = resolve(uri, api)
        ours.append(time.perf_counter() - begun)
        api.close()
        assert found.uri == "s3://models/iris"
        assert (transport.requests, transport.connections) == (3, 1), "three calls on one connection"
        with httpx.Client(base_url=url + BASE, transport=httpx.HTTPTransport()) as client:
            begun = time.perf_counter()
            bare(client)
            theirs.append(time.perf_counter() - begun)
    row(name, ours, statistics.median(theirs))
    row("httpx alone", theirs, statistics.median(theirs))


def row(name: str, seconds: list[float], baseline: float) -> None:
    p50, p95 = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
    print(f"| {name} | 3 | 1 | {p50 * 1000:.1f} | {p95 * 1000:.1f} | {p50 / baseline:.2f} |", flush=True)


if __name__ == "__main__":
    print("| resolution of | calls | connections | p50, ms | p95, ms | p50 / httpx alone |\n|---|---|---|---|---|---|")
    main()
