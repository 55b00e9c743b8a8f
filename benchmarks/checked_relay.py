"""
A relay of OCR requests with aiohttp alone: the question is read as JSON and sent on, the answer too, and no more.

    python -m benchmarks.checked_relay URL        prints its port

It keeps what the gateway promises of an answer, that it is JSON, and nothing else: no keys, no limits, no repeats.
"""

from __future__ import annotations

import asyncio
import gc
import sys

import aiohttp
import orjson
from aiohttp import web


async def main(upstream: str) -> None:
    """Serve until the process is ended."""
    headers = {"Authorization": "Bearer sk-upstream", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=headers) as session:

        async def relay(request: web.Request) -> web.Response:
            question = await request.read()
            orjson.loads(question)
            async with session.post(upstream, data=question) as response:
                answer = await response.read()
            orjson.loads(answer)
            return web.Response(body=answer, content_type="application/json")

        app = web.Application()
        app.router.add_post("/v1/ocr", relay)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        print(runner.addresses[0][1], flush=True)
        gc.freeze()  # as the gateway does
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
