"""The Django views of docs/how-to/use-in-a-service.md, in Django's own handlers."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio
import django
import pytest
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client

from ocr_async.errors import RateLimited
from ocr_async.models import Bytes
from ocr_async.testing import FakeProvider, use
from tests.documents import text_pdf


GUIDE = Path(__file__).parent.parent / "docs" / "how-to" / "use-in-a-service.md"
NAME = "ocr_async_guide"
PDF = text_pdf([["A page."]])
IN_MEMORY = 4 * len(PDF)  # bytes; a larger upload is a file
LARGE = PDF + b"%" * IN_MEMORY


@pytest.fixture(scope="module", autouse=True)
def site() -> Iterator[ModuleType]:
    """Have the guide's views served."""
    (source,) = (
        block
        for block in re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
        if "django" in block
    )
    views = ModuleType(NAME)
    sys.modules[NAME] = views
    exec(compile(source, str(GUIDE), "exec"), views.__dict__)
    settings.configure(
        ALLOWED_HOSTS=["*"],
        FILE_UPLOAD_MAX_MEMORY_SIZE=IN_MEMORY,
        MIDDLEWARE=["django.middleware.common.CommonMiddleware", f"{NAME}.OCRErrors"],
        ROOT_URLCONF=NAME,
        SECRET_KEY="of the tests",
    )
    django.setup()
    yield views
    del sys.modules[NAME]


def upload(data: bytes = PDF, name: str = "scan.pdf") -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, data, "application/pdf")}


def name_of(fake: FakeProvider) -> str | None:
    document = fake.requests[0].document
    assert isinstance(document, Bytes)
    return document.name


@pytest.mark.parametrize("data", [PDF, LARGE], ids=["in memory", "in a file"])
@pytest.mark.parametrize("path", ["/read", "/read-plainly"])
def test_a_view_reads_an_upload_under_wsgi(path: str, data: bytes) -> None:
    with use(FakeProvider("# Read")) as fake:
        answer = Client().post(path, upload(data))
    assert answer.json()["pages"][0]["markdown"] == "# Read"
    assert name_of(fake) == "scan.pdf"


@pytest.mark.anyio
@pytest.mark.parametrize("data", [PDF, LARGE], ids=["in memory", "in a file"])
@pytest.mark.parametrize("path", ["/read", "/read-plainly"])
async def test_a_view_reads_an_upload_under_asgi(path: str, data: bytes) -> None:
    with use(FakeProvider("# Read")) as fake:
        answer = await AsyncClient().post(path, upload(data))
    assert answer.json()["pages"][0]["markdown"] == "# Read"
    assert name_of(fake) == "scan.pdf"


@pytest.mark.parametrize("path", ["/read", "/read-plainly"])
def test_errors_are_told_by_their_status(path: str) -> None:
    answer = Client().post(path, upload(b"no document at all", "a.pdf"))
    assert answer.status_code == 422
    assert "a.pdf" in answer.json()["detail"]
    assert "Retry-After" not in answer.headers
    with use(FakeProvider(RateLimited("too many", provider="local"))):
        answer = Client().post(path, upload())
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
    assert Client().post(path).status_code == 422


def test_what_is_no_error_of_ours_stays_djangos(site: ModuleType) -> None:
    assert Client().get("/read").status_code == 405
    with use(FakeProvider(ZeroDivisionError())), pytest.raises(ZeroDivisionError):
        Client().post("/read-plainly", upload())


@pytest.mark.anyio
async def test_a_client_that_leaves_ends_the_call() -> None:
    body = b"--x\r\nContent-Disposition: form-data; name=file; filename=a.pdf\r\n\r\n" + PDF + b"\r\n--x--\r\n"
    messages = [{"type": "http.request", "body": body}]
    sent: list[Any] = []

    async def receive() -> Any:
        if messages:
            return messages.pop()
        while not fake.requests:
            await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/read", "raw_path": b"/read", "query_string": b"", "root_path": "",
        "headers": [
            (b"content-type", b"multipart/form-data; boundary=x"), (b"content-length", str(len(body)).encode()),
        ],
        "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    with use(FakeProvider("late", delay=30)) as fake, anyio.fail_after(20):
        await get_asgi_application()(scope, receive, send)
    assert len(fake.requests) == 1
    assert sent == []
