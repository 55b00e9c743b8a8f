"""The one recogniser of several processes, and the socket over which it is lent."""

from __future__ import annotations

import asyncio
import os
import signal
import socket

from ocr_async.engine.values import PageOptions
from ocr_async.gateway.multiprocess.link import open_link
from ocr_async.gateway.multiprocess.recogniser import lend, recognised
from ocr_async.models import Bytes
from ocr_async.steps import Compute
from ocr_async.transport import workers
from tests.documents import drawn_page, png


def test_pages_that_nobody_waits_for_any_more_do_not_wait_for_the_lent_recogniser() -> None:
    document = Bytes(data=png(drawn_page(["A page."])))
    drawn = Compute(task="raster", arguments={"document": document, "page": 0})
    step = Compute(task="recognise", worker="recogniser", arguments={}, seconds=120.0)

    async def main() -> None:
        ours, theirs = socket.socketpair()
        lender, borrower = await open_link(theirs, {"recognise": lend}), await open_link(ours, {})

        async def recognise() -> str:
            arguments = {"raster": await workers.run(drawn), "index": 0, "wanted": PageOptions()}
            return str((await recognised(borrower, step, arguments)).markdown)

        assert await recognise() == "A page."
        recogniser = workers.processes()[-1]
        os.kill(recogniser, signal.SIGSTOP)
        asked = [asyncio.create_task(recognise()) for _ in range(12)]
        async with asyncio.timeout(60):
            while len(lender._doing) < 12:
                await asyncio.sleep(0.01)
            for each in asked:
                each.cancel()
            while workers.state().waiting:
                await asyncio.sleep(0.01)
            os.kill(recogniser, signal.SIGCONT)
            assert await recognise() == "A page."
        await borrower.close()
        await lender.close()

    asyncio.run(main())
