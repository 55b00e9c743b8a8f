"""
A relay of TCP to one address, with asyncio's own streams: the least that stands between a client and its upstream.

    python -m benchmarks.relay HOST:PORT        prints its port
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress


_PIECE = 64 * 1024


async def main(host: str, port: str) -> None:
    """Serve until the process is ended."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        with suppress(ConnectionError):
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    server = await asyncio.start_server(relay, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1].rsplit(":", 1)))
