"""Kept bytes in Google Cloud Storage and in Azure: asked by obstore as ever, answered by a stand-in on the loopback."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from ocr_async.errors import ConfigurationError
from ocr_async.gateway.storage.failures import ObjectsUnavailable
from ocr_async.gateway.storage.postgres.objects import Objects, connected_objects
from tests.gateway.storage.other_stores import STORES, OtherStore, serving


pytestmark = pytest.mark.anyio

pytest.importorskip("obstore", reason="there is no obstore: pip install obstore")


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OtherStore]:
    """Return a store to which the environment leads."""
    found = OtherStore(request.param)
    async with serving(found) as port:
        found.lead(port, monkeypatch)
        yield found


@pytest.fixture
async def objects(store: OtherStore) -> Objects:
    return await connected_objects(f"{store.kind}://bucket/some/folder", "mark")


async def test_pieces_go_there_and_come_back_and_are_deleted_with_their_blob(
    store: OtherStore, objects: Objects
) -> None:
    one, other, data = uuid4(), uuid4(), os.urandom(300_000)
    for number in range(5):
        await objects.put(one, number, data + b"%d" % number)
    await objects.put(other, 0, b"")
    assert sorted(store.objects) == sorted(
        [*(f"some/folder/mark/{one}/{number}" for number in range(5)), f"some/folder/mark/{other}/0"]
    )
    assert store.asked_by.startswith("Bearer" if store.kind == "gs" else "SharedKey account:")
    assert [await objects.get(one, number) for number in range(5)] == [data + b"%d" % number for number in range(5)]
    assert (await objects.get(other, 0), await objects.get(one, 5)) == (b"", None)
    await objects.delete(one)
    await objects.delete(uuid4())
    assert list(store.objects) == [f"some/folder/mark/{other}/0"]


async def test_a_database_finds_its_place_again_and_another_place_is_refused(
    store: OtherStore, objects: Objects
) -> None:
    await objects.take_up(None, used=False)
    await objects.look()
    await objects.take_up(objects.address, used=True)
    elsewhere = await connected_objects(f"{store.kind}://bucket/elsewhere", "mark")
    with pytest.raises(ConfigurationError, match="has not the bytes of this database"):
        await elsewhere.take_up(objects.address, used=True)


async def test_a_store_that_refuses_is_out_of_reach_and_gives_no_empty_file(
    store: OtherStore, objects: Objects
) -> None:
    blob = uuid4()
    await objects.put(blob, 0, b"kept")
    store.down = True
    for asks in (objects.get(blob, 0), objects.put(blob, 1, b"more")):
        with pytest.raises(ObjectsUnavailable):
            await asks
    store.down = False
    assert await objects.get(blob, 0) == b"kept"
