"""What a gateway does on a machine that lacks something, or that others use, too."""

from __future__ import annotations

import base64
import os
import resource
import socket
import sqlite3
import stat
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from uuid import uuid4

import anyio.to_thread
import pytest

from ocr_async.errors import ConfigurationError
from ocr_async.gateway.access.control import Access
from ocr_async.gateway.access.sync import accounts
from ocr_async.gateway.storage.local import open_storage, sqlite
from tests.gateway.conftest import Start
from tests.gateway.storage.test_files import put, read, stored
from tests.gateway.test_files import files_of_at_most, upload
from tests.gateway.test_serve import serving


PDF = "data:application/pdf;base64," + base64.b64encode(bytes(900_000)).decode()


@pytest.mark.anyio
async def test_a_full_temporary_folder_is_told(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    asked = {"model": "local", "document": {"type": "document_url", "document_url": PDF}}
    async with start() as gateway:
        with files_of_at_most(500_000):
            for path in ("/v1/ocr", "/v2/ocr", "/v1/ocr/jobs"):
                status, body = await gateway.post(path, asked)
                assert (status, body["type"]) == (507, "InternalServerError" if path == "/v2/ocr" else "server_error")
            async with gateway.client.put(f"{gateway.url}/process", data=bytes(900_000)) as answer:
                assert (answer.status, (await answer.json())["code"]) == (507, "no_room")
        assert (await gateway.get("/health"))[0] == 200


@pytest.mark.anyio
async def test_a_database_that_another_program_holds_is_told(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_BUSY", 0.2)

    def hold() -> sqlite3.Connection:
        connection = sqlite3.connect(tmp_path / "data" / "gateway.sqlite3", check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        return connection

    async with start() as gateway:
        holder = await anyio.to_thread.run_sync(hold)
        status, body = await upload(gateway, b"{}")
        assert (status, body["code"]) == (503, "storage_busy")
        await anyio.to_thread.run_sync(holder.close)
        assert (await upload(gateway, b"{}"))[0] == 200


@pytest.mark.anyio
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
async def test_what_is_kept_is_its_owners_alone_whatever_the_umask_and_whoever_made_the_folder(
    start: Start, tmp_path: Path, umask: int
) -> None:
    def modes(data: Path) -> set[tuple[bool, int]]:
        return {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in (data, *data.rglob("*"))}

    data = tmp_path / "data"
    data.mkdir(mode=0o777)
    (data / "files").mkdir(mode=0o777)
    (data / "gateway.sqlite3").touch(mode=0o666)
    before = os.umask(umask)
    try:
        async with start() as gateway:
            _, file = await upload(gateway, b'{"custom_id": "0", "body": {}}\n', "in.jsonl", purpose="batch")
            job = {"endpoint": "/v1/ocr", "model": "local", "input_files": [file["id"]]}
            assert (await gateway.post("/v1/batch/jobs", job, **{"Idempotency-Key": "a"}))[0] == 200
            found = await anyio.to_thread.run_sync(modes, data)
    finally:
        os.umask(before)
    assert found == {(True, 0o700), (False, 0o600)}


def open_up(folder: Path) -> None:
    for path in (folder, *folder.iterdir()):
        path.chmod(0o777)


@pytest.mark.anyio
async def test_what_was_kept_in_an_open_folder_is_closed_up(tmp_path: Path) -> None:
    await (await open_storage(tmp_path)).close()
    await anyio.to_thread.run_sync(open_up, tmp_path)
    await (await open_storage(tmp_path)).close()
    found = await anyio.to_thread.run_sync(lambda: [path.stat().st_mode & 0o077 for path in tmp_path.iterdir()])
    assert set(found) == {0}


OTHERS = (
    "files/.DS_Store", "files/lost+found/", "files/ab/folder/", "answers/ab/Thumbs.db", "jobs/ab/a.txt", "jobs/x/y/",
    "drafts/.DS_Store", "drafts/lost+found/",
)  # fmt: skip
TORN = (
    f"files/ab/ab{str(uuid4())[2:]}",
    "answers/ab/ab" + 30 * "0",
    f"drafts/{uuid4().hex}",
    f"drafts/77-{uuid4().hex}",
)


def put_into(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text("x")


def left_in(folder: Path, *names: str) -> list[str]:
    return [name for name in names if (folder / name).exists()]


@pytest.mark.anyio
async def test_what_others_put_into_the_folder_stays_and_hinders_nothing(tmp_path: Path) -> None:
    storage = await open_storage(tmp_path)
    assert await put(storage, file := stored(1))
    await storage.close()
    await anyio.to_thread.run_sync(put_into, tmp_path, *OTHERS, *TORN)
    storage = await open_storage(tmp_path)
    assert await read(storage, file.id) == b"abc"
    await storage.close()
    assert await anyio.to_thread.run_sync(left_in, tmp_path, *OTHERS, *TORN) == list(OTHERS)


async def open_and_close(folder: Path) -> None:
    storage = await open_storage(folder)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(storage.close)
        await stack.enter_async_context(accounts(Access(master=bytes(32)), storage))


@pytest.mark.anyio
@pytest.mark.parametrize("place", ["lock/", "files", "drafts", "gateway.sqlite3/", "gateway.sqlite3-wal/", "spend.1/"])
async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, place: str) -> None:
    await anyio.to_thread.run_sync(put_into, tmp_path, place)
    with pytest.raises(ConfigurationError, match=f"the data folder {tmp_path} cannot be used"):
        await open_and_close(tmp_path)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="a running process's limits are set on Linux alone")
def test_out_of_descriptors_is_one_line_of_log_a_second(tmp_path: Path) -> None:
    with serving(tmp_path) as running, ExitStack() as stack:
        number = running.process.pid
        count = len(os.listdir(f"/proc/{number}/fd"))
        resource.prlimit(number, resource.RLIMIT_NOFILE, (count + 5, count + 5))
        address = ("127.0.0.1", int(running.url.rpartition(":")[2]))
        for _ in range(20):
            stack.enter_context(socket.create_connection(address))
        time.sleep(2.5)
        told = [line for line in running.lines if "descriptor" in line]
        assert 1 <= len(told) <= 4
        assert len(running.lines) < 20
