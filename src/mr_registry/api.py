"""How do requests reach operations, and answers clients?"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mr_registry import access, contract, documents
from mr_registry.database import Database, open_database
from mr_registry.documents import JSON
from mr_registry.errors import BadRequest, Malformed, Refusal, TooLarge, Unauthorized, Unavailable
from mr_registry.operations import Answer, Call, Operation
from mr_registry.routes import ROUTES

logger = logging.getLogger(__name__)

_LARGEST_BODY = 4 * 1024 * 1024
_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})[^&]{0,2}")


def create_app(
    database: str | os.PathLike[str] = ":memory:",
    *,
    token: str | None = None,
    like_upstream: bool = False,
    local: str | None = None,
) -> Starlette:
    """Return the registry as an ASGI application, kept in a file or in memory.

    With a token the API answers only requests that bear it; without one it refuses those of strange web pages. `local`
    is what it listens on where only this machine reaches it, see `access.check_page`. `like_upstream` makes it do what Kubeflow's own server
    does where that surprises, so that clients can be tested against it: a PATCH without a state resets the state, a
    find takes `_` and `%` in a name for wildcards, a version of a model that does not exist is stored.

    The database is opened at once (DatabaseError if it cannot be used) and closed with the application's lifespan.
    Raises ValueError for an empty token.
    """
    if token == "":
        raise ValueError("An empty token protects nothing: give one, or none at all.")
    opened = open_database(database, orphans=like_upstream)
    return application(opened, token=token, like_upstream=like_upstream, local=local)


def application(
    database: Database, *, token: str | None = None, like_upstream: bool = False, local: str | None = None
) -> Starlette:
    """Return the ASGI application of an open database, which it closes when its lifespan ends."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(database.close)

    routes = [_route(database, path, operations, token, like_upstream, local) for path, operations in ROUTES.items()]
    probes = [_probe(database, path) for path in ("/readyz/isDirty", "/readyz/health")]
    app = Starlette(
        routes=[*routes, *probes],
        lifespan=lifespan,
        exception_handlers={HTTPException: _unrouted, Refusal: _refused, ClientDisconnect: _left, Exception: _failed},
    )
    app.state.database = database
    app.router.redirect_slashes = False
    return app


def _route(
    database: Database,
    path: str,
    operations: Mapping[str, Operation],
    token: str | None,
    like_upstream: bool,
    local: str | None,
) -> Route:
    known = contract.query_parameters(path) if "GET" in operations else frozenset()

    async def endpoint(request: Request) -> Response:
        access.check(request.headers.get("authorization", ""), token)
        if token is None:  # which no page of a stranger has
            access.check_page(request.headers.get("host", ""), request.headers.get("origin"), local=local)
        # As on other servers, which leave the query of other requests unread.
        query = _query(request, known if request.method == "GET" else frozenset())
        call = Call(
            id="".join(request.path_params.values()),
            query={name: value for name, value in query.items() if value},
            body=await _body(request),
            like_upstream=like_upstream,
        )
        answer = await run_in_threadpool(operations[request.method], database, call)
        return _json(answer)

    return _exactly(Route(contract.BASE_PATH + path, endpoint, methods=list(operations)))


def _probe(database: Database, path: str) -> Route:
    def endpoint(request: Request) -> Response:
        with database.reading():
            return PlainTextResponse("OK")

    return _exactly(Route(path, endpoint, methods=["GET"]))


def _exactly(route: Route) -> Route:
    """Return a route that answers no HEAD, which comes with GET otherwise: other servers do not either."""
    assert route.methods is not None
    route.methods.discard("HEAD")
    return route


def _query(request: Request, known: Collection[str]) -> Mapping[str, str]:
    """Return the first value of each query parameter that is known, or raise BadRequest.

    Null bytes are refused in others too; what cannot be read at all only where any parameter is known.
    """
    # One character stands for one byte until a value is decoded.
    raw = request.scope["query_string"].decode("latin-1")
    if known and ";" in raw:
        raise Malformed("invalid semicolon separator in query")
    if known and (escape := _BAD_ESCAPE.search(raw)):
        raise Malformed(f'invalid URL escape "{escape[0]}"')
    first: dict[str, str] = {}
    for name, value in _pairs(raw, known):
        if "\0" in value or "\\u0000" in value:
            raise Malformed(
                f"Invalid {name} query parameter: invalid {name} parameter: contains null bytes which are not allowed"
            )
        if name in known:
            first.setdefault(name, value)
    return first


def _pairs(raw: str, known: Collection[str]) -> Iterator[tuple[str, str]]:
    for name, value in parse_qsl(raw, keep_blank_values=True, encoding="latin-1"):
        try:
            yield name, value.encode("latin-1").decode()
        except UnicodeDecodeError as exc:
            if name in known:
                raise BadRequest(f"invalid {name} parameter: it is no UTF-8") from exc
            yield name, value


async def _body(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > _LARGEST_BODY:
            # uvicorn reads and drops the rest, so that a client that is still sending sees the answer and no reset.
            raise TooLarge(f"the request body is larger than {_LARGEST_BODY} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


async def _unrouted(request: Request, exc: Exception) -> Response:
    """Answer what no route takes, as servers do: in plain text, or with nothing."""
    assert isinstance(exc, HTTPException)
    if exc.status_code == 404:
        return PlainTextResponse("404 page not found", 404)
    return Response(status_code=exc.status_code, headers=exc.headers)


async def _refused(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, Refusal)
    if isinstance(exc, Unavailable):
        logger.warning("%s %s: %s", request.method, request.url.path, exc)
    response = _json(_error(exc.code, exc.message, exc.status))
    if isinstance(exc, Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def _left(request: Request, exc: Exception) -> Response:
    # Nobody reads this; it is here so that a client that hangs up is no failure in the log.
    return Response(status_code=400)


async def _failed(request: Request, exc: Exception) -> Response:
    # The exception itself goes to the server's log; the client is not shown its text.
    return _json(_error("Internal Server Error", "the registry failed, its log says why", 500))


def _error(code: str, message: str, status: int) -> Answer:
    document: dict[str, JSON] = {"code": code, "message": message}
    return Answer(document, status)


def _json(answer: Answer) -> Response:
    return Response(documents.write(answer.document), answer.status, media_type="application/json; charset=UTF-8")
