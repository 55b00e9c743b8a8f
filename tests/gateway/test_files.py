"""Mistral's Files API, as its official clients, LibreChat and open-webui use it."""

from __future__ import annotations

import asyncio
import io
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import anyio
import anyio.to_thread
import pytest

from ocr_async.errors import ConfigurationError
from ocr_async.gateway.storage.files import StoredFile
from ocr_async.gateway.storage.local import open_storage
from ocr_async.gateway.storage.local.folder import Folder
from tests.documents import PARAGRAPHS, text_pdf
from tests.gateway.conftest import Running, Start, bearer, configured, mistral_at
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio

PDF = text_pdf([PARAGRAPHS[:2], PARAGRAPHS[2:]])
LINES = b'{"custom_id": "a", "body": {}}\n\n{"custom_id": "b", "body": {}}'
MASTER = "sk-master-0123456789"


async def upload(
    gateway: Running,
    data: bytes | io.BytesIO = PDF,
    name: str = "a.pdf",
    headers: dict[str, str] | None = None,
    **fields: str,
) -> tuple[int, Any]:
    form = aiohttp.FormData(quote_fields=False)
    for field, value in fields.items():
        form.add_field(field, value)
    form.add_field("file", data, filename=name, content_type="application/octet-stream")
    async with gateway.client.post(f"{gateway.url}/v1/files", data=form, headers=headers) as answer:
        return answer.status, await answer.json()


async def delete(gateway: Running, path: str, **headers: str) -> tuple[int, Any]:
    async with gateway.client.delete(gateway.url + path, headers=headers) as answer:
        return answer.status, await answer.json()


def held(folder: Path) -> list[Path]:
    return [path for path in (folder / "files").rglob("*") if path.is_file()] + list((folder / "drafts").iterdir())


async def test_an_upload_is_answered_field_for_field(start: Start) -> None:
    async with start() as gateway:
        status, file = await upload(gateway, visibility="user", purpose="ocr", expiry="2")
        assert status == 200
        now = time.time()
        assert file.pop("created_at") == pytest.approx(now, abs=5)
        assert file.pop("expires_at") == pytest.approx(now + 7200, abs=5)
        assert len(file.pop("id")) == 36
        assert len(file.pop("signature")) == 64
        assert file == {
            "object": "file",
            "bytes": len(PDF),
            "filename": "a.pdf",
            "purpose": "ocr",
            "sample_type": "ocr_input",
            "num_lines": None,
            "mimetype": "application/pdf",
            "source": "upload",
            "visibility": "user",
        }
        _, lines = await upload(gateway, LINES, "../x/lines\u202e.jsonl", purpose="batch")
    assert (lines["num_lines"], lines["sample_type"], lines["filename"]) == (2, "batch_request", "lines.jsonl")


async def test_librechat_and_open_webui_upload_ask_for_a_url_and_read_it(start: Start, tmp_path: Path) -> None:
    async with start() as gateway:
        _, file = await upload(gateway, purpose="ocr")
        _, address = await gateway.get(f"/v1/files/{file['id']}/url?expiry=24")
        document = {"type": "document_url", "document_url": address["url"]}
        status, body = await gateway.post("/v1/ocr", {"model": "any", "document": document, "image_limit": 0})
        assert status == 200
        assert [page["index"] for page in body["pages"]] == [0, 1]
        assert PARAGRAPHS[0] in body["pages"][0]["markdown"]
        by_id = {"type": "file", "file_id": file["id"]}
        status, again = await gateway.post("/v1/ocr", {"model": "any", "document": by_id})
        assert (status, again["pages"]) == (200, body["pages"])
        assert await delete(gateway, f"/v1/files/{file['id']}") == (
            200,
            {"id": file["id"], "object": "file", "deleted": True},
        )
        status, body = await gateway.post("/v1/ocr", {"model": "any", "document": document})
        assert (status, body["code"]) == (404, "file_not_found")
        assert await anyio.to_thread.run_sync(held, tmp_path / "data") == []


async def test_a_hosted_provider_gets_the_bytes_and_never_our_address(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        _, file = await upload(gateway)
        _, address = await gateway.get(f"/v1/files/{file['id']}/url")
        url = address["url"].replace(gateway.url, "https://ocr.example.com")  # whatever name it is reached by
        document = {"type": "document_url", "document_url": url}
        status, _ = await gateway.post("/v1/ocr", {"model": "mistral-ocr", "document": document})
    assert status == 200
    assert upstream.requests[0].json["document"]["document_url"].startswith("data:application/pdf;base64,")


async def test_a_signed_address_opens_the_file_to_anyone_and_to_nothing_else(start: Start) -> None:
    async with start(master_key=MASTER) as gateway:
        key = {"Authorization": f"Bearer {MASTER}"}
        _, file = await upload(gateway, b"<html><script>alert(1)</script>", "a.html", headers=key)
        _, other = await upload(gateway, headers=key)
        _, address = await gateway.get(f"/v1/files/{file['id']}/url?expiry=1", **key)
        async with aiohttp.ClientSession() as stranger, stranger.get(address["url"]) as answer:
            assert answer.status == 200
            assert await answer.read() == b"<html><script>alert(1)</script>"
            assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a.html"
            assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        parts = urlsplit(address["url"])
        later = parts._replace(query=parts.query.replace("expires=", "expires=9")).geturl()
        wrong = [later, address["url"][:-1], address["url"].replace(file["id"], other["id"])]
        async with aiohttp.ClientSession() as stranger:
            for url in wrong:
                async with stranger.get(url) as answer:
                    assert (answer.status, (await answer.json())["code"]) == (403, "invalid_signature")
            async with stranger.get(f"{gateway.url}/v1/files/{file['id']}/content") as answer:
                assert answer.status == 401
        document = {"type": "document_url", "document_url": later}
        status, body = await gateway.post("/v1/ocr", {"model": "any", "document": document}, **key)
        assert (status, body["code"]) == (400, "invalid_signature")


async def test_another_key_sees_nothing_of_a_file(start: Start, tmp_path: Path) -> None:
    first, theirs = [await bearer(tmp_path / "data", alias) for alias in ("a", "b")]
    async with start(master_key=MASTER) as gateway:
        _, file = await upload(gateway, headers=first)
        document = {"type": "file", "file_id": file["id"]}
        unknown = "00000000-0000-4000-8000-000000000000"
        for path in ("", "/content", "/url"):
            found = await gateway.get(f"/v1/files/{file['id']}{path}", **theirs)
            never = await gateway.get(f"/v1/files/{unknown}{path}", **theirs)
            assert found[0] == never[0] == 404
            assert found[1] | {"request_id": ""} == never[1] | {"request_id": ""}
        assert (await delete(gateway, f"/v1/files/{file['id']}", **theirs))[0] == 404
        assert (await gateway.get("/v1/files", **theirs))[1] == {"data": [], "object": "list", "total": 0}
        assert (await gateway.post("/v1/ocr", {"model": "any", "document": document}, **theirs))[0] == 404
        assert (await gateway.get("/v1/files", **first))[1]["total"] == 1


@pytest.mark.parametrize("name", ["../../escaped.pdf", "/escaped.pdf", "..\\escaped.pdf", ".."])
async def test_names_and_ids_lead_nowhere(start: Start, tmp_path: Path, name: str) -> None:
    async with start() as gateway:
        _, file = await upload(gateway, name=name)
        assert "/" not in file["filename"]
        assert file["filename"].isprintable()
        for escape in ("..%2f..%2fgateway.sqlite3", "%2e%2e", "..%5c", "%00", f"{file['id']}%2f..", "*"):
            for path in ("", "/content", "/url"):
                assert (await gateway.get(f"/v1/files/{escape}{path}"))[0] == 404
    found = await anyio.to_thread.run_sync(lambda: [path for path in tmp_path.rglob("*") if "escaped" in path.name])
    assert found == []


async def test_a_list_is_filtered_and_paged(start: Start) -> None:
    async with start() as gateway:
        names = ["one.pdf", "two.pdf", "three.pdf"]
        for name in names:
            await upload(gateway, name=name)
        await upload(gateway, LINES, "four.jsonl", purpose="batch")

        async def listed(query: str) -> tuple[list[str], int | None]:
            status, body = await gateway.get(f"/v1/files?{query}")
            assert (status, body["object"]) == (200, "list")
            return [file["filename"] for file in body["data"]], body["total"]

        assert await listed("") == (["four.jsonl", "three.pdf", "two.pdf", "one.pdf"], 4)
        assert await listed("page=1&page_size=3") == (["one.pdf"], 4)
        assert await listed("page_size=1&include_total=false") == (["four.jsonl"], None)
        assert await listed("purpose=batch") == (["four.jsonl"], 1)
        assert await listed("search=T&purpose=ocr") == (["three.pdf", "two.pdf"], 2)
        assert await listed("sample_type=batch_request&sample_type=batch_result") == (["four.jsonl"], 1)
        assert await listed("mimetypes=application/pdf&page_size=2") == (["three.pdf", "two.pdf"], 3)
        assert await listed("source=mistral") == ([], 0)
        status, body = await gateway.get("/v1/files?page=-1&page_size=x")
    assert status == 422
    assert [error["loc"] for error in body["detail"]] == [["query", "page"], ["query", "page_size"]]


async def test_content_honours_ranges(start: Start) -> None:
    async with start() as gateway:
        _, file = await upload(gateway)
        url = f"{gateway.url}/v1/files/{file['id']}/content"
        async with gateway.client.get(url) as answer:
            assert answer.content_type == "application/octet-stream"
            assert await answer.read() == PDF
        async with gateway.client.get(url, headers={"Range": "bytes=5-9"}) as answer:
            assert (answer.status, await answer.read()) == (206, PDF[5:10])


@pytest.mark.parametrize(
    ("fields", "where"),
    [({"purpose": "x"}, "purpose"), ({"expiry": "0"}, "expiry"), ({"visibility": "all"}, "visibility")],
)
async def test_a_wrong_field_is_named_and_nothing_is_kept(
    start: Start, tmp_path: Path, fields: dict[str, str], where: str
) -> None:
    async with start() as gateway:
        status, body = await upload(gateway, PDF, "a.pdf", None, **fields)
        assert (status, body["param"]) == (422, where)
        assert await anyio.to_thread.run_sync(held, tmp_path / "data") == []


async def test_what_is_too_large_is_refused_and_nothing_is_kept(start: Start, tmp_path: Path) -> None:
    async with start(max_file_bytes=100_000, max_stored_bytes=150_000) as gateway:
        assert (await upload(gateway, bytes(100_001)))[0] == 413
        assert (await upload(gateway, bytes(100_000)))[0] == 200
        status, body = await upload(gateway, bytes(100_000))
        assert (status, body["code"]) == (413, "quota_exceeded")
        assert len(await anyio.to_thread.run_sync(held, tmp_path / "data")) == 1


async def test_a_torn_upload_leaves_nothing(start: Start, tmp_path: Path) -> None:
    async with start() as gateway:
        parts = urlsplit(gateway.url)
        stream = await anyio.connect_tcp(parts.hostname or "", parts.port or 0)
        head = (
            "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
            '--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
        )
        await stream.send(head.encode() + bytes(600_000))
        with anyio.fail_after(5):
            while not await anyio.to_thread.run_sync(held, tmp_path / "data"):
                await anyio.sleep(0.01)
        await stream.aclose()
        with anyio.fail_after(5):
            while await anyio.to_thread.run_sync(held, tmp_path / "data"):
                await anyio.sleep(0.01)
        assert (await gateway.get("/v1/files"))[1]["total"] == 0


async def test_a_start_sweeps_what_a_killed_gateway_left(tmp_path: Path) -> None:
    """A draft that was not finished, and a file that got its name but not its row."""

    def leave() -> None:
        folder = Folder(tmp_path)
        draft = folder.draft()
        draft.path.write_bytes(b"torn")
        other = folder.draft()
        other.path.write_bytes(b"whole, but unknown")
        folder.replace(other.path, "files", "0" * 36)
        folder.make("1" * 36)
        folder.close()

    storage = await open_storage(tmp_path)
    async with storage.files.receive(3) as incoming:
        await incoming.write(b"abc")
        await incoming.finish()
        assert await storage.files.keep(incoming, stored("2" * 36))
    await storage.close()
    await anyio.to_thread.run_sync(leave)
    storage = await open_storage(tmp_path)
    found = await anyio.to_thread.run_sync(lambda: [path.name for path in held(tmp_path)])
    assert found == ["2" * 36]
    assert await anyio.to_thread.run_sync(storage.folder.path("files", "2" * 36).read_bytes) == b"abc"
    assert not await anyio.to_thread.run_sync(storage.folder.path("jobs", "1" * 36).exists)
    await storage.close()


def stored(file_id: str, **facts: Any) -> StoredFile:
    given = {"owner": "o", "name": "a", "purpose": "ocr", "sample_type": "ocr_input", "size": 3, "created": 1, **facts}
    return StoredFile(id=file_id, **given)


async def test_an_expired_file_is_unknown_at_once_and_deleted_by_the_sweeper(tmp_path: Path) -> None:
    storage = await open_storage(tmp_path)
    for file_id, expires in (("3" * 36, 10), ("4" * 36, None)):
        async with storage.files.receive(3) as incoming:
            await incoming.write(b"abc")
            await incoming.finish()
            await storage.files.keep(incoming, stored(file_id, expires=expires))
    assert await storage.files.get("3" * 36, "o") is None
    assert len(await anyio.to_thread.run_sync(held, tmp_path)) == 2
    assert await storage.sweep(11) == 1
    assert [path.name for path in await anyio.to_thread.run_sync(held, tmp_path)] == ["4" * 36]
    await storage.close()


async def test_two_gateways_do_not_share_a_folder(tmp_path: Path) -> None:
    storage = await open_storage(tmp_path)
    with pytest.raises(ConfigurationError, match="another gateway uses the data folder"):
        await anyio.to_thread.run_sync(lambda: Folder(tmp_path, patience=0.1))
    await storage.close()
    await (await open_storage(tmp_path)).close()


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond *size* bytes: what a full disk is to whoever writes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_is_told_and_leaves_nothing_torn(start: Start, tmp_path: Path) -> None:
    async with start() as gateway:
        with files_of_at_most(500_000):
            status, body = await upload(gateway, bytes(900_000))
            assert (status, body["code"]) == (507, "no_room")
            assert await anyio.to_thread.run_sync(held, tmp_path / "data") == []
            assert (await upload(gateway, bytes(100_000)))[0] == 200
        assert (await upload(gateway, bytes(900_000)))[0] == 200
        assert (await gateway.get("/v1/files"))[1]["total"] == 2


async def test_whenever_a_client_leaves_row_and_bytes_agree(tmp_path: Path) -> None:
    """aiohttp ends the handler of a client that left with `Task.cancel`, at any await."""
    storage = await open_storage(tmp_path)

    async def take(file_id: str) -> None:
        async with storage.files.receive(600_000) as incoming:
            await incoming.write(bytes(600_000))
            await incoming.finish()
            await storage.files.keep(incoming, stored(file_id))

    def agree(file_id: str) -> bool:
        return storage.folder.path("files", file_id).exists()

    kept = 0
    for number in range(60):
        file_id = f"{number:036}"
        task = asyncio.create_task(take(file_id))
        for _ in range(number):
            await asyncio.sleep(0.0002)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        known = await storage.files.get(file_id, "o") is not None
        assert known == await anyio.to_thread.run_sync(agree, file_id)
        kept += known
    drafts = await anyio.to_thread.run_sync(lambda: list((tmp_path / "drafts").iterdir()))
    assert drafts == []
    assert 0 < kept < 60
    await storage.close()
