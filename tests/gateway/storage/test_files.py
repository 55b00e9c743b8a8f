"""Uploaded files, in every storage."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import anyio
import anyio.to_thread
import pytest

from ocr_async.gateway.storage.files import FileFilter, StoredFile
from ocr_async.gateway.storage.port import Storage


pytestmark = pytest.mark.anyio

ALL = FileFilter()


def stored(number: int, **facts: Any) -> StoredFile:
    name = f"{number}.pdf"
    given = {"owner": "o", "name": name, "purpose": "ocr", "sample_type": "x", "size": 3, "created": 1, **facts}
    return StoredFile(id=f"{number:036}", **given)


async def put(storage: Storage, file: StoredFile, data: bytes = b"abc", most: int | None = None) -> bool:
    async with storage.files.receive(len(data)) as incoming:
        await incoming.write(data)
        await incoming.finish()
        return await storage.files.keep(incoming, file, most)


async def read(storage: Storage, file_id: str) -> bytes:
    async with storage.files.on_disk(file_id) as path:
        return await anyio.to_thread.run_sync(path.read_bytes)


async def test_a_file_comes_back_as_it_was_sent_with_what_was_measured_on_its_way(storage: Storage) -> None:
    pieces = [b"\n{}\r\n  \n", bytes(range(256)) * 4096, b"\n", b"last"] * 3
    async with storage.files.receive(3_000_000) as incoming:
        for piece in pieces:
            await incoming.write(piece)
        await incoming.finish()
        whole = b"".join(pieces)
        assert (incoming.size, incoming.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
        assert incoming.head == whole[:65_536]
        assert incoming.lines == sum(bool(line.strip()) for line in whole.split(b"\n"))
        file = stored(1, size=incoming.size, mime="application/pdf", lines=4, signature="s", expires=10**11)
        assert await storage.files.keep(incoming, file)
    assert await storage.files.get(file.id, "o") == file == await storage.files.get(file.id, None)
    assert await read(storage, file.id) == whole


async def test_an_empty_file_is_one(storage: Storage) -> None:
    assert await put(storage, stored(1, size=0), b"")
    assert await read(storage, stored(1).id) == b""


async def test_files_of_others_are_as_unknown_as_those_that_never_were(storage: Storage) -> None:
    await put(storage, stored(1))
    assert await storage.files.get(stored(1).id, "other") is None
    assert not await storage.files.delete(stored(1).id, "other")
    assert await storage.files.select("other", ALL, 0, 10) == []


async def test_a_list_has_the_newest_first_by_what_was_chosen(storage: Storage) -> None:
    for number in range(5):
        kind = "batch" if number % 2 else "ocr"
        await put(storage, stored(number, purpose=kind, mime=f"m{number}", source="upload", sample_type=f"t{number}"))

    async def numbers(chosen: FileFilter, first: int = 0, count: int = 10) -> list[int]:
        found = await storage.files.select("o", chosen, first, count)
        if not first:
            assert await storage.files.count("o", chosen) >= len(found)
        return [int(file.id) for file in found]

    assert await numbers(ALL) == [4, 3, 2, 1, 0]
    assert await numbers(ALL, 1, 2) == [3, 2]
    assert await numbers(FileFilter(purpose="batch")) == [3, 1]
    assert await numbers(FileFilter(mimes=["m1", "m4"], sample_types=["t4", "t0"], sources=["upload"])) == [4]
    assert await numbers(FileFilter(search="3.P")) == [3]
    assert await numbers(FileFilter(search="%")) == []
    assert await storage.files.count("o", FileFilter(purpose="batch")) == 2


async def test_no_more_is_kept_than_an_owner_may_have_even_at_once(storage: Storage) -> None:
    kept: list[bool] = []

    async def one(number: int) -> None:
        kept.append(await put(storage, stored(number), most=9))

    async with anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(one, number)
    assert sorted(kept) == [False, False, False, True, True, True]
    assert await put(storage, stored(9, owner="other"), most=9)


async def test_what_was_deleted_or_has_expired_is_gone(storage: Storage) -> None:
    now = int(time.time())
    await put(storage, stored(1))
    await put(storage, stored(2, expires=now - 1))
    await put(storage, stored(3, expires=now + 1000))
    assert await storage.files.delete(stored(1).id, "o")
    assert not await storage.files.delete(stored(1).id, "o")
    assert await storage.files.get(stored(2).id, "o") is None
    assert [file.id for file in await storage.files.select("o", ALL, 0, 10)] == [stored(3).id]
    assert await storage.sweep(now) == 1
    assert await read(storage, stored(3).id) == b"abc"


async def test_what_was_not_kept_leaves_nothing(storage: Storage) -> None:
    async with storage.files.receive(3) as incoming:
        await incoming.write(b"abc")
    assert await storage.files.count("o", ALL) == 0
