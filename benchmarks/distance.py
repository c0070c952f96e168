"""A store that is far away: a TCP proxy on loopback that holds back whatever passes.

``python -m benchmarks.distance UPSTREAM_PORT SECONDS`` prints the port it listens on. What comes
from the store is passed on SECONDS later, and no more than a window of it is on its way at a time,
as on a long line: that is what makes more connections worth having.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

PIECE = 256 * 1024
WINDOW = 2 * 1024 * 1024
"""Bytes on the way for each connection: with 50 ms, 40 MiB/s at most."""


async def listen(upstream: int, delay: float) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer, request = await asyncio.open_connection("127.0.0.1", upstream, limit=PIECE)
        # Whoever hangs up first, the other end learns of it: that is no error.
        with contextlib.suppress(ExceptionGroup):
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass_on(reader, request, 0))
                both.create_task(_pass_on(answer, writer, delay))

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=PIECE)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    now = asyncio.get_running_loop().time
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    waiting, room = 0, asyncio.Event()

    async def depart() -> None:
        nonlocal waiting
        piece = b"any"
        while piece:
            while waiting >= WINDOW:
                room.clear()
                await room.wait()
            piece = await reader.read(PIECE)
            waiting += len(piece)
            under_way.put_nowait((now() + delay, piece))

    async def arrive() -> None:
        nonlocal waiting
        try:
            while True:
                when, piece = await under_way.get()
                await asyncio.sleep(max(0.0, when - now()))
                if not piece:
                    return
                writer.write(piece)
                await writer.drain()
                waiting -= len(piece)
                room.set()
        finally:
            writer.close()

    async with asyncio.TaskGroup() as both:
        both.create_task(depart())
        both.create_task(arrive())


if __name__ == "__main__":
    asyncio.run(listen(int(sys.argv[1]), float(sys.argv[2])))
