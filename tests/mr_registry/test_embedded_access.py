"""A registry that asks for a token."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

import mr_registry
from mr_registry.contract import BASE_PATH
from mr_registry.routes import ROUTES

TOKEN = "s3cret"


@pytest.fixture
def guarded() -> Iterator[TestClient]:
    """A client, without a token, of a registry that asks for one."""
    with TestClient(mr_registry.create_app(token=TOKEN), base_url=f"http://registry{BASE_PATH}") as client:
        yield client


EVERY_OPERATION = [(method, path) for path, operations in ROUTES.items() for method in operations]


@pytest.mark.parametrize(("method", "path"), EVERY_OPERATION)
def test_every_operation_asks_for_the_token(guarded: TestClient, method: str, path: str) -> None:
    """Before it looks at anything else of the request, and in the contract's form of an error."""
    path = re.sub(r"\{\w+\}", "1", path)

    for query in ("", "?name=%00"):
        answer = guarded.request(method, path + query, content=b"{")

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json() == {
            "code": "Unauthorized",
            "message": "the registry asks for a token: send 'Authorization: Bearer <token>' with the right one",
        }


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer S3cret",
        "Bearer s3cre",
        "Bearer s3cret2",
        "Bearer s3cret, Bearer s3cret",
        "Basic s3cret",
        "s3cret",
        b"Bearer \xe9",
    ],
)
def test_another_token_is_none(guarded: TestClient, header: str | bytes) -> None:
    """Nothing is stored with it."""
    answer = guarded.post("/registered_models", json={"name": "iris"}, headers=[(b"Authorization", _raw(header))])

    assert answer.status_code == 401
    stored = guarded.get("/registered_models", headers={"Authorization": f"Bearer {TOKEN}"})
    assert stored.json()["size"] == 0


@pytest.mark.parametrize(
    ("token", "header"),
    [(TOKEN, "Bearer s3cret"), (TOKEN, "bearer  s3cret"), ("é", "Bearer é".encode()), ("a b", "Bearer a b")],
)
def test_the_token_opens_the_registry(token: str, header: str | bytes) -> None:
    """The scheme's case does not count, and the token may hold anything."""
    with TestClient(mr_registry.create_app(token=token), base_url=f"http://registry{BASE_PATH}") as client:
        answer = client.get("/registered_models", headers=[(b"Authorization", _raw(header))])

    assert answer.status_code == 200


def _raw(header: str | bytes) -> bytes:
    return header if isinstance(header, bytes) else header.encode()


@pytest.mark.parametrize("path", ["/readyz/isDirty", "/readyz/health"])
def test_health_is_open(guarded: TestClient, path: str) -> None:
    """A probe has no token."""
    assert guarded.get(f"http://registry{path}").status_code == 200


def test_without_a_token_any_header_will_do(registry: TestClient) -> None:
    """Clients that send one need not know."""
    assert registry.get("/registered_models", headers={"Authorization": "Bearer x"}).status_code == 200


def test_an_empty_token_is_refused() -> None:
    """It would be one that everybody has."""
    with pytest.raises(ValueError, match=r"^An empty token protects nothing"):
        mr_registry.create_app(token="")


def test_a_served_registry_asks_for_its_token() -> None:
    """With `serve` as with `create_app`."""
    with mr_registry.serve(token=TOKEN) as url:
        without = httpx.get(f"{url}{BASE_PATH}/registered_models")
        with_it = httpx.get(f"{url}{BASE_PATH}/registered_models", headers={"Authorization": f"Bearer {TOKEN}"})

    assert (without.status_code, with_it.status_code) == (401, 200)


@pytest.mark.parametrize(
    ("options", "variables"),
    [
        (["--token-file", "token"], {}),
        ([], {"MODEL_REGISTRY_TOKEN": TOKEN}),
        (["--token-file", "token"], {"MODEL_REGISTRY_TOKEN": "x"}),
    ],
    ids=["file", "variable", "both"],
)
def test_the_program_takes_the_token_and_the_traps(
    tmp_path: Path, options: list[str], variables: dict[str, str]
) -> None:
    """The token from a file or the environment, where other users do not see it; the file wins."""
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    program = subprocess.Popen(
        [sys.executable, "-m", "mr_client.cli", "serve", "--port", "0", "--like-upstream", *options],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | variables | {"PYTHONUNBUFFERED": "1"},
        cwd=tmp_path,
    )
    assert program.stdout is not None
    try:
        base = program.stdout.readline().strip().removeprefix("Model registry at ") + BASE_PATH
        refused = httpx.get(f"{base}/registered_models")
        orphan = httpx.post(
            f"{base}/model_versions",
            json={"name": "v1", "registeredModelId": "7"},
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        program.terminate()
        program.communicate(timeout=10)
    finally:
        program.kill()

    assert (refused.status_code, orphan.status_code, program.returncode) == (401, 201, 0)


@pytest.fixture(scope="module")
def local() -> Iterator[httpx.Client]:
    """A client of a registry without a token that several tests share."""
    with mr_registry.serve() as url, _client(url) as client:
        yield client


def _client(url: str) -> httpx.Client:
    """Return a client, without certificates, which take long to read."""
    return httpx.Client(base_url=f"{url}{BASE_PATH}", verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null", "file://", "x"])
def test_a_web_page_of_another_server_writes_and_reads_nothing(local: httpx.Client, origin: str) -> None:
    """Its browser would send a text without asking first, as a form is sent."""
    headers = {"Origin": origin, "Content-Type": "text/plain"}

    answer = local.post("/registered_models", content=b'{"name": "of a page"}', headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "Forbidden")
    assert local.get("/registered_models", headers=headers).status_code == 403
    assert local.get("/registered_models").json()["size"] == 0


def test_what_curl_sends_is_taken_whatever_it_is_called() -> None:
    """As documents of the registry show it."""
    with mr_registry.serve() as url, _client(url) as client:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = client.post("/registered_models", content=b'{"name": "iris"}', headers=headers)

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *[
            (host, 403)
            for host in ("evil.example:8080", "evil.example", "127.0.0.1.evil.example", "[", ".", "a@b.example")
        ],
        *[
            (host, 200)
            for host in ("localhost:8080", "LOCALHOST.", "127.0.0.1", "[::1]:8080", "172.17.0.1", "registry")
        ],
        *[(host, 200) for host in ("host.docker.internal:8080", "mr.localhost", "")],
    ],
)
def test_a_name_that_a_stranger_has_led_to_this_machine_is_not_the_registrys(
    local: httpx.Client, host: str, status: int
) -> None:
    """His page would read and write as if it were the registry's own."""
    assert local.get("/registered_models", headers={"Host": host, "Origin": f"http://{host}"}).status_code == status
    assert local.get("/registered_models", headers={"Host": host}).status_code == status


def test_a_registry_for_other_machines_may_have_any_name_and_one_with_a_token_any_page() -> None:
    """The one cannot know its names; the other asks for what no page of a stranger has."""
    name = {"Host": "registry.example"}
    with mr_registry.serve(host="0.0.0.0") as url, _client(url) as client:  # noqa: S104 - on purpose
        assert client.get("/registered_models", headers=name).status_code == 200
    with mr_registry.serve(token=TOKEN) as url, _client(url) as client:
        page = {**name, "Origin": "http://ui.example", "Authorization": f"Bearer {TOKEN}"}
        assert client.get("/registered_models", headers=page).status_code == 200
