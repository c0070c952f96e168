"""TLS in front of a server on loopback that speaks none."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Queue
from urllib.parse import urlsplit


@contextmanager
def tls_front(behind: str, context: ssl.SSLContext) -> Iterator[str]:
    """Pass what comes over TLS on to the server at ``behind``; yield the ``https://`` address to ask."""
    begun: Queue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Queue()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(behind, context, begun)))
    thread.start()
    port, loop, done = begun.get(timeout=30)
    try:
        yield f"https://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()


async def _serve(
    behind: str, context: ssl.SSLContext, begun: Queue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]]
) -> None:
    parts = urlsplit(behind)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65536):
                writer.write(piece)
                await writer.drain()
        writer.close()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            await asyncio.gather(carry(reader, back_writer), carry(back_reader, writer))
        except asyncio.CancelledError:
            writer.close()
            back_writer.close()

    done = asyncio.Event()
    server = await asyncio.start_server(pass_on, "127.0.0.1", 0, ssl=context)
    begun.put((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), done))
    await done.wait()
    server.close()
