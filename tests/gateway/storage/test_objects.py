"""What only an object store beside the database promises: no byte is left behind, or half there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import anyio.to_thread
import pytest

from ocr_async.errors import ConfigurationError
from ocr_async.gateway.storage.failures import ObjectsUnavailable, StorageUnavailable
from ocr_async.gateway.storage.files import FileFilter
from ocr_async.gateway.storage.postgres import PostgresStorage, open_storage
from tests.bulk.buckets import S3, Bucket
from tests.gateway.storage.test_files import put, read, stored
from tests.gateway.storage.test_postgres import opened, silent
from tests.postgres import Server


pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
Sql = Callable[[str], Any]


@pytest.fixture
async def url(postgres_server: Server) -> str:
    return await anyio.to_thread.run_sync(postgres_server.new)


@pytest.fixture
def sql(postgres_server: Server, url: str) -> Sql:
    """Return what does a statement in the database."""
    name = url.rpartition("/")[2].partition("?")[0]

    async def do(statement: str) -> str:
        return await anyio.to_thread.run_sync(postgres_server.sql, statement, name)

    return do


@pytest.fixture
async def storage(url: str, objects: str) -> AsyncIterator[PostgresStorage]:
    async with opened(url, objects=objects) as (storage,):
        yield storage


async def pieces(bucket: Bucket) -> list[str]:
    """Return the keys of all pieces below their prefix."""
    keys = await anyio.to_thread.run_sync(bucket.keys, "some/folder")
    return [key for key in keys if not key.endswith("/database")]


async def gone(bucket: Bucket) -> None:
    """Wait until there are no pieces."""
    with anyio.fail_after(20):
        while await pieces(bucket):
            await anyio.sleep(0.02)


async def test_bytes_are_in_the_bucket_in_pieces_and_none_in_the_database(
    storage: PostgresStorage, bucket: Bucket, sql: Sql
) -> None:
    data = bytes(range(256)) * (4096 * 9)
    assert await put(storage, stored(1, size=len(data)), data)
    assert [key.rpartition("/")[2] for key in await pieces(bucket)] == ["0", "1", "2"]
    assert await sql("SELECT count(*) FROM ocr_async.pieces") == "0"
    assert await read(storage, stored(1).id) == data


async def test_no_bytes_outlive_their_file(storage: PostgresStorage, bucket: Bucket) -> None:
    await put(storage, stored(1))
    assert await storage.files.delete(stored(1).id, "o")
    await gone(bucket)
    await put(storage, stored(2, expires=5))
    assert await storage.sweep(5) == 1
    await gone(bucket)
    async with storage.files.receive(3) as incoming:
        await incoming.write(b"abc")
        await incoming.finish()
        assert len(await pieces(bucket)) == 1
    await gone(bucket)
    assert not await put(storage, stored(3), most=1)
    await gone(bucket)


async def an_hour_later(storage: PostgresStorage, sql: Sql) -> None:
    """Sweep until no deletion is noted: a gateway that deletes soon after a blob may put one off meanwhile."""
    with anyio.fail_after(30):
        while await sql("SELECT count(*) FROM ocr_async.deletions") != "0":
            await sql("UPDATE ocr_async.deletions SET due = now()")
            await storage.sweep(0)


async def test_what_a_killed_gateway_was_writing_is_swept_and_what_it_wrote_waking_up_too(
    url: str, objects: str, bucket: Bucket, sql: Sql
) -> None:
    async with opened(url, 2, objects) as (one, other):
        async with one.files.receive(3) as incoming:
            await incoming.write(bytes(4 * MIB))
            await other.sweep(0)
            assert len(await pieces(bucket)) == 1  # it is still being written
            await silent(one)
            await other.sweep(0)
            assert await pieces(bucket) == []
            await incoming.write(b"late")
            await incoming.finish()
            with pytest.raises(StorageUnavailable):
                await one.files.keep(incoming, stored(1))
        assert await one.files.count("o", FileFilter()) == 0
        assert len(await pieces(bucket)) == 1
        await an_hour_later(other, sql)
        assert await pieces(bucket) == []


async def test_a_lost_piece_is_an_error_and_not_a_shorter_file(storage: PostgresStorage, bucket: Bucket) -> None:
    await put(storage, stored(1, size=9 * MIB), bytes(9 * MIB))
    (last,) = [key for key in await pieces(bucket) if key.endswith("/2")]
    await anyio.to_thread.run_sync(bucket.delete, last)
    with pytest.raises(StorageUnavailable, match="is lost"):
        await read(storage, stored(1).id)


async def test_bytes_are_found_where_they_were_put_after_an_object_store_is_named(url: str, objects: str) -> None:
    async with opened(url) as (before,):
        await put(before, stored(1), b"rows")
        async with opened(url, objects=objects) as (after,):
            await put(after, stored(2), b"objects")
            assert [await read(after, stored(number).id) for number in (1, 2)] == [b"rows", b"objects"]
            with pytest.raises(StorageUnavailable, match="this gateway was not given"):
                await read(before, stored(2).id)


async def test_a_gateway_starts_only_where_the_bytes_are(url: str, objects: str, bucket: Bucket) -> None:
    async with opened(url, objects=objects) as (storage,):
        await put(storage, stored(1))
    with pytest.raises(ConfigurationError, match=f"are in {objects}: name it by --objects"):
        await open_storage(url)
    elsewhere = f"s3://{bucket.name}/elsewhere"
    with pytest.raises(ConfigurationError, match=f"has not the bytes of this database, which are in {objects}"):
        await open_storage(url, objects=elsewhere)

    def copy() -> None:
        keys = bucket.keys()
        for key in keys:
            bucket.put({key.replace("some/folder", "elsewhere"): bucket.get(key)})

    await anyio.to_thread.run_sync(copy)
    async with opened(url, objects=elsewhere) as (storage,):
        assert await read(storage, stored(1).id) == b"abc"


@pytest.mark.usefixtures("bucket")
async def test_an_object_store_that_cannot_be_used_is_told_at_the_start(url: str) -> None:
    with pytest.raises(ConfigurationError, match="no-such-bucket/ cannot be used: there is no bucket"):
        await open_storage(url, objects="s3://no-such-bucket")


async def test_nothing_is_kept_or_forgotten_while_the_store_is_down(url: str, own_s3: S3, sql: Sql) -> None:
    bucket = await anyio.to_thread.run_sync(own_s3.bucket, "down")
    async with opened(url, objects="s3://down/some/folder") as (storage,):
        await storage.look()
        await put(storage, stored(1))
        assert len(await pieces(bucket)) == 1
        with own_s3.refusing():
            for refused in (put(storage, stored(2)), read(storage, stored(1).id), storage.look()):
                with pytest.raises(ObjectsUnavailable):
                    await refused
            assert await storage.files.delete(stored(1).id, "o")
            with pytest.raises(ObjectsUnavailable):
                await storage.sweep(0)
            assert await storage.files.count("o", FileFilter()) == 0
        await storage.sweep(0)
        assert await pieces(bucket) == []
        await an_hour_later(storage, sql)
