"""What a job was asked, written down so that another process can ask it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from attrs import fields

from ...models import Bytes, Document, FileId, FileOnDisk, OCRRequest, Url


__all__ = ["document_of", "read_back", "written_down"]

_OPTIONS = [one.name for one in fields(OCRRequest) if one.name != "document"]


def written_down(asked: OCRRequest) -> bytes:
    """Return *asked* as JSON, without what `document_of` gives."""
    options = {name: value for name in _OPTIONS if (value := getattr(asked, name)) is not None}
    return json.dumps({"options": options, "document": _facts(asked.document)}).encode()


def document_of(asked: OCRRequest) -> memoryview | Path | None:
    """Return the bytes of the document of *asked*, or where they are; None where it is an id or elsewhere."""
    match asked.document:
        case Url() if _has_data(asked.document.url):
            return memoryview(asked.document.url.encode("utf-8", "surrogatepass"))  # as it is; it may be large
        case Bytes():
            return memoryview(asked.document.data)
        case FileOnDisk():
            return Path(asked.document.path)
        case _:
            return None


def read_back(text: bytes, document: Path | None) -> OCRRequest:
    """Return what `written_down` wrote; *document* is a file with the bytes of its document."""
    known = json.loads(text)
    options: dict[str, Any] = known["options"]
    options |= {name: tuple(value) for name, value in options.items() if isinstance(value, list)}
    return OCRRequest(document=_document(known["document"], document), **options)


def _facts(document: Document) -> dict[str, Any]:
    match document:
        case Url():
            url = None if _has_data(document.url) else document.url
            return {"url": url, "image": document.image, "name": document.name, "detail": document.detail}
        case FileId():
            return {"file_id": document.file_id}
        case _:
            return {"mime": document.mime, "name": document.name, "password": document.password}


def _document(facts: dict[str, Any], path: Path | None) -> Document:
    if facts.get("url") is not None:
        return Url(**facts)
    if "file_id" in facts:
        return FileId(**facts)
    assert path is not None, "it was written down beside the request"
    if "url" in facts:
        facts["url"] = path.read_text("utf-8", "surrogatepass")
        return Url(**facts)
    return FileOnDisk(path=path, size=path.stat().st_size, **facts)


def _has_data(url: str) -> bool:
    return url[:5].lower() == "data:"
