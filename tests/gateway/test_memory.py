"""Memory that is not needed any more goes back to the system."""

from __future__ import annotations

import asyncio
import platform
import subprocess
import sys

import pytest
from attrs import define

from ocr_async._tasks import beside
from ocr_async.gateway.operating.memory import giving_back


HOLES = """
from ocr_async._platform.own_memory import give_back
from ocr_async.gateway.operating.memory import keep

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

keep()
blocks = [bytearray(1_000_000) for _ in range(200)]
del blocks[::2]
del blocks[:-1]  # what is left lies at the end, so all the rest is a hole
before = resident()
give_back()
print(before - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator of glibc")
def test_what_lies_free_between_used_blocks_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) > 150_000_000


@define
class Work:
    begun: int = 0
    working: int = 0
    given: int = 0

    def give(self) -> None:
        self.given += 1


@pytest.mark.anyio
async def test_memory_is_given_back_once_after_work_and_never_during_it() -> None:
    work = Work()

    async def a_while() -> None:
        for _ in range(10):
            await asyncio.sleep(0.01)

    async with beside(giving_back(lambda: work.begun, lambda: work.working, work.give, quiet=0.01)):
        await a_while()
        assert work.given == 0
        work.begun = work.working = 1
        await a_while()
        assert work.given == 0
        work.working = 0
        while not work.given:
            await asyncio.sleep(0.01)
        await a_while()
        assert work.given == 1
