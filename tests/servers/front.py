"""A front on loopback, which speaks TLS if it is told to: what it passes on it counts, cuts off and damages."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Queue
from urllib.parse import urlsplit

_PIECE = 64 * 1024


@dataclass
class Front:
    """Where it is, and what becomes of the answers that it passes on."""

    url: str = ""
    carried: int = 0
    """Bytes of answers, with their heads."""
    cut_at: int | None = None
    """Once so many bytes are carried, the connection is reset; then no more is cut, until it is set again."""
    cuts: int = 0
    """How often that was done."""
    damage: tuple[bytes, bytes] | None = None
    """What stands in an answer, and what is sent in its place, of the same length."""
    damaged: int = 0
    """How often that was done."""

    def passed(self, piece: bytes) -> tuple[bytes, bool]:
        """Return what is sent for a piece of an answer, and whether the connection ends with it."""
        if self.damage and self.damage[0] in piece:
            piece = piece.replace(*self.damage)
            self.damaged += 1
        ends = self.cut_at is not None and self.carried + len(piece) >= self.cut_at
        if ends and self.cut_at is not None:
            piece = piece[: max(0, self.cut_at - self.carried)]
            self.cut_at = None
            self.cuts += 1
        self.carried += len(piece)
        return piece, ends


@contextmanager
def front(behind: str, tls: ssl.SSLContext | None = None, *, trust: ssl.SSLContext | None = None) -> Iterator[Front]:
    """Pass what comes on to the server at ``behind``; yield what is before it.

    Args:
        behind: ``http(s)://HOST:PORT``.
        tls: with which certificate TLS is spoken; None for none.
        trust: whom to trust, where TLS is spoken behind, too.
    """
    passing = Front()
    begun: Queue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Queue()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(behind, tls, trust, passing, begun)))
    thread.start()
    port, loop, done = begun.get(timeout=30)
    passing.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield passing
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()


async def _serve(
    behind: str,
    tls: ssl.SSLContext | None,
    trust: ssl.SSLContext | None,
    passing: Front,
    begun: Queue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]],
) -> None:
    parts = urlsplit(behind)

    async def carry_questions(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                writer.write(piece)
                await writer.drain()
        writer.close()

    async def carry_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                sent, ends = passing.passed(piece)
                writer.write(sent)
                await writer.drain()
                if ends:
                    writer.transport.abort()
                    return
        writer.close()

    open_ones: dict[asyncio.Task[None], tuple[asyncio.StreamWriter, ...]] = {}

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones[task] = (writer,)
        back_reader, back_writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=trust)
        open_ones[task] = (writer, back_writer)
        await asyncio.gather(carry_questions(reader, back_writer), carry_answers(back_reader, writer))
        del open_ones[task]

    done = asyncio.Event()
    server = await asyncio.start_server(pass_on, "127.0.0.1", 0, ssl=tls)
    begun.put((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), done))
    await done.wait()
    server.close()
    left = dict(open_ones)
    for writers in left.values():
        for writer in writers:
            writer.transport.abort()
    await asyncio.gather(*left, return_exceptions=True)
