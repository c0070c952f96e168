"""How one call is carried out: every answer translated, and tried again where that can help."""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import mr_client
from mr_client import errors
from mr_client.registry import ModelVersion, Patience, RegisteredModel, RegistryAPI
from mr_client.settings import Endpoint
from servers.web import WebServer

URL = "http://registry.test"
MODEL = RegisteredModel(name="iris", id="1")
VERSION = ModelVersion(name="v1", registered_model_id="1", id="2")


class Server:
    """Answers what it is told, in turn, the last for ever; an exception is a fault of the network."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def api(self, endpoint: Endpoint | None = None, **patience: Any) -> RegistryAPI:
        return RegistryAPI(
            endpoint or Endpoint(URL),
            patience=Patience(**{"sleep": self.waits.append, **patience}),
            transport=httpx.MockTransport(self),
        )


def ok(**fields: Any) -> httpx.Response:
    return httpx.Response(200, json={"name": "iris", "id": "1", "registeredModelId": "1", **fields})


def page() -> httpx.Response:
    return httpx.Response(200, json={"items": [], "nextPageToken": "", "pageSize": 0, "size": 0})


def error(status: int, message: str = "told", **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"code": "", "message": message}, headers=headers)


def text(status: int, body: str, **headers: str) -> httpx.Response:
    return httpx.Response(status, text=body, headers=headers)


# -- what answers mean ------------------------------------------------------------------------

CALLS: dict[str, Callable[[RegistryAPI], object]] = {
    "find model": lambda api: api.model("iris"),
    "find version": lambda api: api.version(MODEL, "v1"),
    "list models": lambda api: list(api.models()),
    "list versions": lambda api: list(api.versions(MODEL)),
    "list artifacts": lambda api: list(api.artifacts(VERSION)),
    "ping": lambda api: api.ping(),
}

ANSWERS = [
    pytest.param(error(400), errors.UsageError, "malformed (400): told", 400, id="400"),
    pytest.param(error(401), errors.NotAllowed, "(401 told): set MODEL_REGISTRY_TOKEN", 401, id="401"),
    pytest.param(text(401, "Unauthorized"), errors.NotAllowed, "(401 Unauthorized)", 401, id="401 text"),
    pytest.param(text(403, "RBAC: access denied"), errors.NotAllowed, "(403 RBAC: access denied)", 403, id="403 text"),
    pytest.param(text(302, "", Location="/login"), errors.NotAllowed, "redirect (302)", 302, id="302"),
    pytest.param(text(404, "404 page not found"), errors.RegistryError, "no model registry", 404, id="404 text"),
    pytest.param(text(405, ""), errors.RegistryError, "no model registry", 405, id="405"),
    pytest.param(error(409), errors.AlreadyExists, "exists already: told", 409, id="409"),
    pytest.param(text(413, "too large"), errors.UsageError, "(413): too large", 413, id="413"),
    pytest.param(error(422), errors.UsageError, "malformed (422): told", 422, id="422"),
    pytest.param(error(429), errors.RegistryBusy, "busy or not ready", 429, id="429"),
    pytest.param(error(500), errors.RegistryError, "(500 told)", 500, id="500"),
    pytest.param(text(501, ""), errors.RegistryError, "(501 Not Implemented)", 501, id="501"),
    pytest.param(text(502, "<h1>Bad\nGateway</h1>"), errors.RegistryBusy, "(502 <h1>Bad Gateway</h1>)", 502, id="502"),
    pytest.param(text(503, "Datastore is down"), errors.RegistryBusy, "(503 Datastore is down)", 503, id="503 text"),
    pytest.param(error(504), errors.RegistryBusy, "(504 told)", 504, id="504"),
    pytest.param(text(200, "<html>Sign in</html>"), errors.RegistryError, "no model registry", None, id="200 page"),
    pytest.param(httpx.Response(200, json=["odd"]), errors.RegistryError, "no model registry", None, id="200 list"),
    pytest.param(httpx.Response(200, json={}), errors.RegistryError, "no model registry", None, id="200 empty"),
    pytest.param(httpx.Response(201, json={}), errors.RegistryError, "answers with no", None, id="201"),
    pytest.param(httpx.Response(204), errors.RegistryError, "answers with no", None, id="204"),
]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(("answer", "kind", "says", "status"), ANSWERS)
def test_every_status_of_every_call_is_an_error_of_ours_with_its_status_and_address(
    call: Callable[[RegistryAPI], object],
    answer: httpx.Response,
    kind: type[errors.MRClientError],
    says: str,
    status: int | None,
) -> None:
    with pytest.raises(errors.MRClientError) as raised:
        call(Server(answer).api())

    assert type(raised.value) is kind
    assert says in str(raised.value)
    assert raised.value.status == status
    assert (raised.value.url or "").startswith(URL)
    assert "?" not in (raised.value.url or "")


@pytest.mark.parametrize("call", ["list models", "list versions", "list artifacts", "ping"])
def test_not_found_is_not_found_where_nothing_else_can_be_meant(call: str) -> None:
    with pytest.raises(errors.NotFound, match="told"):
        CALLS[call](Server(error(404)).api())


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("cut"),
        httpx.ProxyError("no proxy"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_registry_that_cannot_be_reached_is_named_with_what_to_check(
    call: Callable[[RegistryAPI], object], fault: Exception
) -> None:
    with pytest.raises(errors.RegistryError) as raised:
        call(Server(fault).api())

    assert str(raised.value).startswith(f"The registry at {URL} cannot be reached ({fault})")
    assert "MODEL_REGISTRY_BASE_URL" in str(raised.value)
    assert isinstance(raised.value, ConnectionError)


def test_ping_returns_where_a_registry_answers() -> None:
    server = Server(page())

    server.api().ping()

    assert dict(server.requests[0].url.params) == {"pageSize": "1"}


# -- patience ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        error(429),
        error(502),
        text(503, "starting"),
        error(504),
    ],
    ids=["refused", "slow", "429", "502", "503", "504"],
)
def test_what_may_pass_is_tried_again(trouble: httpx.Response | Exception) -> None:
    server = Server(trouble, trouble, ok())

    assert server.api().model("iris").name == "iris"
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "answer", [error(400), error(401), error(403), error(404), error(409), error(500), text(200, "<html>")]
)
def test_what_will_not_pass_is_not_tried_again(answer: httpx.Response) -> None:
    server = Server(answer)

    with pytest.raises(errors.MRClientError):
        list(server.api().models())
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("trouble", "attempts"),
    [
        (httpx.ConnectError("refused"), 5),
        (httpx.ConnectTimeout("slow"), 5),
        (error(429), 5),
        (httpx.ReadTimeout("slow"), 1),
        (httpx.ReadError("reset"), 1),
        (error(502), 1),
        (error(503), 1),
        (error(504), 1),
    ],
    ids=["refused", "no connection", "429", "slow", "reset", "502", "503", "504"],
)
def test_a_post_that_may_have_been_carried_out_is_never_sent_twice(
    trouble: httpx.Response | Exception, attempts: int
) -> None:
    server = Server(trouble)

    with pytest.raises(errors.RegistryError):
        server.api().create_model("iris")
    assert len(server.requests) == attempts


def test_waits_double_up_to_a_limit_less_a_random_part() -> None:
    server = Server(error(503))

    with pytest.raises(errors.RegistryBusy):
        server.api(attempts=6, wait=1.0, longest=4.0).ping()

    assert len(server.waits) == 5
    for waited, most in zip(server.waits, [1, 2, 4, 4, 4], strict=True):
        assert most / 2 <= waited <= most


def test_the_server_may_ask_for_a_longer_wait_in_seconds_or_by_a_date() -> None:
    date = email.utils.formatdate(time.time() + 20, usegmt=True)
    server = Server(error(429, **{"Retry-After": "7"}), error(503, **{"Retry-After": date}), ok())

    server.api().model("iris")

    assert server.waits[0] == 7
    assert 15 <= server.waits[1] <= 20


def test_no_attempt_is_begun_after_the_deadline() -> None:
    server = Server(error(503, **{"Retry-After": "61"}))

    with pytest.raises(errors.RegistryBusy) as raised:
        server.api(deadline=60).ping()

    assert (len(server.requests), server.waits) == (1, [])
    assert raised.value.retry_after == 61


# -- the token --------------------------------------------------------------------------------


@pytest.fixture
def token_path(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("first\n")
    return path


def shown(server: Server) -> list[str | None]:
    return [request.headers.get("Authorization") for request in server.requests]


def test_the_token_goes_as_a_bearer_and_is_never_shown() -> None:
    server = Server(error(403))
    api = server.api(Endpoint(URL, token="hunter2"))

    with pytest.raises(errors.NotAllowed) as raised:
        api.model("iris")

    assert shown(server) == ["Bearer hunter2"]
    assert "hunter2" not in repr(api) + repr(api.endpoint) + str(raised.value)


def test_without_a_token_there_is_no_authorization() -> None:
    server = Server(ok())

    server.api().model("iris")

    assert shown(server) == [None]


def test_a_token_that_was_rotated_is_read_again_when_it_is_refused(token_path: Path) -> None:
    server = Server(ok(), error(401), ok())
    api = server.api(Endpoint(URL, token_path=token_path))

    api.model("iris")
    token_path.write_text("second\n")
    api.model("iris")

    assert shown(server) == ["Bearer first", "Bearer first", "Bearer second"]


def test_reading_a_rotated_token_is_no_attempt(token_path: Path) -> None:
    server = Server(error(401), ok())
    api = server.api(Endpoint(URL, token_path=token_path), attempts=1)
    token_path.write_text("second\n")

    assert api.model("iris").name == "iris"


def test_a_token_that_another_thread_has_read_again_is_used(token_path: Path) -> None:
    """Two threads are refused with the old token at once; only one of them finds that the file has changed."""

    def refuse_the_first(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        if seen == ["Bearer first"]:
            token_path.write_text("second\n")
            api.ping()  # the other thread's call, while this one is under way
            seen.append("…")
            return error(401)
        return error(401) if seen[-1] == "Bearer first" else page()

    seen: list[str] = []
    api = RegistryAPI(Endpoint(URL, token_path=token_path), transport=httpx.MockTransport(refuse_the_first))

    api.ping()

    assert seen == ["Bearer first", "Bearer first", "Bearer second", "…", "Bearer second"]


def test_a_token_that_was_not_rotated_is_refused_once(token_path: Path) -> None:
    server = Server(error(401))

    with pytest.raises(errors.NotAllowed):
        server.api(Endpoint(URL, token_path=token_path)).model("iris")
    assert len(server.requests) == 1


def test_a_token_that_was_given_itself_is_refused_once() -> None:
    server = Server(error(401))

    with pytest.raises(errors.NotAllowed):
        server.api(Endpoint(URL, token="t")).model("iris")
    assert len(server.requests) == 1


def test_even_a_post_is_sent_again_with_the_rotated_token(token_path: Path) -> None:
    server = Server(error(401), httpx.Response(201, json={"name": "iris", "id": "1"}))
    api = server.api(Endpoint(URL, token_path=token_path))
    token_path.write_text("second\n")

    assert api.create_model("iris").id == "1"


# -- the wire ---------------------------------------------------------------------------------


def test_requests_say_who_asks() -> None:
    server = Server(ok())

    server.api().model("iris")

    assert server.requests[0].headers["User-Agent"] == f"mr-client/{mr_client.__version__}"


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without proxies."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_a_proxy_of_the_environment_is_used(no_proxy: None, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", web.url)
    address = "http://registry.example/api/model_registry/v1alpha3/registered_models"
    web.content[address] = json.dumps(page().json()).encode()

    with RegistryAPI(Endpoint("http://registry.example")) as api:
        api.ping()

    assert [path.partition("?")[0] for path, _ in web.asked] == [address]


def test_all_calls_share_one_connection(no_proxy: None, web: WebServer) -> None:
    web.content["/api/model_registry/v1alpha3/registered_models"] = json.dumps(page().json()).encode()

    with RegistryAPI(Endpoint(web.url)) as api:
        for _ in range(3):
            api.ping()

    assert len(web.asked) == 3
    assert len(web.connections) == 1


def test_a_body_that_does_not_decode_is_no_answer(no_proxy: None, web: WebServer) -> None:
    web.content["/api/model_registry/v1alpha3/registered_models"] = b"not gzip"
    web.headers["Content-Encoding"] = "gzip"

    with RegistryAPI(Endpoint(web.url)) as api, pytest.raises(errors.RegistryError, match="no model registry"):
        api.ping()
