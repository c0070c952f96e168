"""How does the registry run as a server, and how does it stop?"""

from __future__ import annotations

import ipaddress
import logging
import os
import queue
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from mr_registry.api import create_app

logger = logging.getLogger(__name__)

_FINISH_SECONDS = 1
"""How long requests under way may take when the server stops."""
_STOP_SECONDS = 10.0
_BACKLOG = 2048
_STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def serve(
    database: str | os.PathLike[str] = ":memory:",
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    token: str | None = None,
    like_upstream: bool = False,
) -> Iterator[str]:
    """Run the registry in a thread for as long as the context lasts; give its base URL.

    `token` and `like_upstream` are those of `create_app`. Port 0 takes a free one. Raises OSError where the address cannot be had, DatabaseError where the database cannot.
    """
    with closing(_listen(host, port)) as listener:
        app = create_app(database, token=token, like_upstream=like_upstream, local=_local(listener, host))
        with _running(listener, app, host) as running:
            yield running.url


def run(
    database: str | os.PathLike[str],
    host: str,
    port: int,
    *,
    token: str | None = None,
    like_upstream: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Run the registry until SIGINT or SIGTERM, and then return. To be called in the main thread.

    `token` and `like_upstream` are those of `create_app`; `ready` is called with the base URL as soon as connections are accepted. Raises OSError with a sentence for the
    user where the address cannot be had, and DatabaseError where the database cannot, before anything is started.
    """
    with closing(_listen(host, port)) as listener, _signals() as received:
        app = create_app(database, token=token, like_upstream=like_upstream, local=_local(listener, host))
        with _running(listener, app, host) as running:
            if ready is not None:
                ready(running.url)
            while running.thread.is_alive():
                # Woken each second, because Windows delivers no signal to a thread that waits for ever.
                with suppress(queue.Empty):
                    received.get(timeout=1.0)
                    return
    raise RuntimeError("The embedded registry stopped by itself; its log says why.")


@dataclass(frozen=True, slots=True)
class _Running:
    url: str
    thread: threading.Thread


class _Server(uvicorn.Server):
    """uvicorn's server, which tells when it accepts connections."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,
                # Logging is the program's to configure.
                log_config=None,
                ws="none",
                # Longer than clients keep idle connections, so that none is closed under a request.
                timeout_keep_alive=75,
                timeout_graceful_shutdown=_FINISH_SECONDS,
            )
        )
        self.decided = threading.Event()
        """Set when connections are accepted, or when they never will be."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.decided.set()

    def run_on(self, listener: socket.socket) -> None:
        try:
            self.run(sockets=[listener])
        finally:
            self.decided.set()


@contextmanager
def _running(listener: socket.socket, app: ASGIApp, host: str) -> Iterator[_Running]:
    server = _Server(app)
    thread = threading.Thread(target=server.run_on, args=[listener], name="mr-registry", daemon=True)
    url = _url(listener, host)
    thread.start()
    server.decided.wait()
    try:
        if not server.started:
            raise RuntimeError("The embedded registry did not start; its log says why.")
        yield _Running(url, thread)
    finally:
        server.should_exit = True
        thread.join(_STOP_SECONDS)
        if thread.is_alive():
            logger.warning("the embedded registry at %s did not stop within %s s", url, _STOP_SECONDS)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only where the protocol is spelled out. It costs 40 ms a request.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            # A port is free again as soon as its server stopped. Elsewhere the option would share it.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # Here, because two may bind to one port and only one can listen.
        listener.listen(_BACKLOG)
    except (OSError, OverflowError, UnicodeError) as exc:
        listener.close()
        error = OSError(
            f"Cannot listen on {host}:{port} ({getattr(exc, 'strerror', None) or exc}): "
            "give another address or port, or port 0 for a free one, or stop the program that uses it."
        )
        error.errno = getattr(exc, "errno", None)
        raise error from exc
    return listener


def _url(listener: socket.socket, host: str) -> str:
    address, port = listener.getsockname()[:2]
    if ipaddress.ip_address(address).is_unspecified:
        # Listening everywhere is no address to connect to; this machine's own is one.
        host = "::1" if ":" in address else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _local(listener: socket.socket, host: str) -> str | None:
    """Return the host where only this machine reaches it."""
    return host if ipaddress.ip_address(listener.getsockname()[0]).is_loopback else None


@contextmanager
def _signals() -> Iterator[queue.SimpleQueue[int]]:
    """Give a queue that SIGINT and SIGTERM are put into, instead of what they do otherwise."""
    # A SimpleQueue, because its put may interrupt its own get; an Event would deadlock there.
    received: queue.SimpleQueue[int] = queue.SimpleQueue()
    before = {each: signal.signal(each, lambda number, frame: received.put(number)) for each in _STOPPING}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
