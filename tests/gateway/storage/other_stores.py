"""
The few calls of Google Cloud Storage (its XML API) and of Azure Blob Storage that keeping bytes takes, on the loopback.

Source: https://cloud.google.com/storage/docs/xml-api/reference-methods and
https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api, read 2026-11-29; what is asked was seen of
obstore 0.12.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import formatdate
from xml.sax.saxutils import escape

import pytest
from aiohttp import web
from attrs import define, field


__all__ = ["STORES", "OtherStore", "serving"]

STORES = ("gs", "az")
MOST = 2  # objects that one listing tells of, so that there are several
_DELETED = re.compile(r"DELETE /[^/ ]+/(\S+) HTTP/1.1\r\n.*?\r\n\r\n", re.DOTALL)


@define(eq=False)
class OtherStore:
    """
    One bucket, or container.

    Attributes:
        kind: ``gs`` or ``az``.

        objects: By their keys.

        down: Whether it refuses everything.

        asked_by: The way in which the last request said who asks.
    """

    kind: str
    objects: dict[str, bytes] = field(factory=dict)
    down: bool = False
    asked_by: str = ""

    def lead(self, port: int, environ: pytest.MonkeyPatch) -> None:
        """Have the environment lead to it at *port*, by the names of the services' own tools."""
        url = f"http://127.0.0.1:{port}"
        if self.kind == "gs":
            key = {"gcs_base_url": url, "disable_oauth": True, "client_email": "", "private_key": ""}
            environ.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", json.dumps({**key, "private_key_id": ""}))
            environ.setenv("GOOGLE_ALLOW_HTTP", "true")
        else:
            environ.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
            environ.setenv("AZURE_STORAGE_ACCOUNT_KEY", "cGxhbnRlZA==")
            environ.setenv("AZURE_STORAGE_ENDPOINT", url)
            environ.setenv("AZURE_ALLOW_HTTP", "true")

    async def answer(self, request: web.Request) -> web.Response:
        self.asked_by = request.headers.get("Authorization", "")
        key = request.match_info.get("key", "")
        if self.down:
            return web.Response(status=503)
        match request.method:
            case "PUT":
                assert self.kind == "gs" or request.headers["x-ms-blob-type"] == "BlockBlob"
                self.objects[key] = await request.read()
                return web.Response(status=201, headers={"ETag": '"1"'})
            case "POST":
                return self._deleted_at_once(await request.text())
            case _ if key and key not in self.objects:
                return web.Response(status=404)
            case "DELETE":
                del self.objects[key]
                return web.Response(status=204)
            case _ if key:
                data = self.objects[key]
                headers = {"ETag": '"1"', "Last-Modified": formatdate(usegmt=True), "Content-Length": str(len(data))}
                return web.Response(body=data, headers=headers)
            case _:
                return self._listing(request.query)

    def _deleted_at_once(self, batch: str) -> web.Response:
        parts = []
        for number, key in enumerate(_DELETED.findall(batch)):
            status = "202 Accepted" if self.objects.pop(key, None) is not None else "404 Not Found"
            head = f"Content-Type: application/http\r\nContent-ID: {number}\r\n\r\n"
            parts.append(f"--cut\r\n{head}HTTP/1.1 {status}\r\nx-ms-version: 2023-11-03\r\n\r\n")
        headers = {"Content-Type": "multipart/mixed; boundary=cut"}
        return web.Response(status=202, body="".join([*parts, "--cut--\r\n"]).encode(), headers=headers)

    def _listing(self, query: Mapping[str, str]) -> web.Response:
        after = query.get("continuation-token" if self.kind == "gs" else "marker") or ""
        found = sorted(key for key in self.objects if key.startswith(query.get("prefix", "")) and key > after)
        more = found[MOST - 1] if len(found) > MOST else ""
        text = "".join(self._entry(key) for key in found[:MOST])
        if self.kind == "gs":
            next_one = f"<NextContinuationToken>{escape(more)}</NextContinuationToken>" if more else ""
            text = f"<ListBucketResult>{text}{next_one}</ListBucketResult>"
        else:
            text = (
                f"<EnumerationResults><Blobs>{text}</Blobs><NextMarker>{escape(more)}</NextMarker></EnumerationResults>"
            )
        return web.Response(text=text, content_type="application/xml")

    def _entry(self, key: str) -> str:
        size = len(self.objects[key])
        if self.kind == "gs":
            when = "<LastModified>2026-11-29T12:00:00.000Z</LastModified>"
            return f'<Contents><Key>{escape(key)}</Key>{when}<ETag>"1"</ETag><Size>{size}</Size></Contents>'
        facts = f"<Last-Modified>{formatdate(usegmt=True)}</Last-Modified><Content-Length>{size}</Content-Length>"
        facts += "<Content-Type>application/octet-stream</Content-Type><Etag>1</Etag>"
        return f"<Blob><Name>{escape(key)}</Name><Properties>{facts}</Properties></Blob>"


@asynccontextmanager
async def serving(store: OtherStore) -> AsyncIterator[int]:
    """Serve *store* within the block; gives the port."""
    app = web.Application()
    for path in ("/bucket", "/bucket/{key:.+}"):
        app.router.add_route("*", path, store.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
