"""What a document may be, and what its bytes say."""

from __future__ import annotations

import base64
import io
import math
import os
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ocr_async.call.prepare import inspected
from ocr_async.document import AsyncFile, Encoded, OpenFile, Picture, as_document, describe, digest, inspect
from ocr_async.errors import DocumentError
from ocr_async.mime_types import sniff
from ocr_async.models import Bytes, FileId, FileOnDisk, Url
from ocr_async.models.document import EncodedBytes

from . import offices


PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
HTTPS = "https://example.com/a.pdf"


def office(part: str, *, padding: int = 0) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", os.urandom(padding))
        archive.writestr(part, "x")
    return target.getvalue()


def epub(kind: str = "application/epub+zip") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", kind)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (PDF, "application/pdf"),
        (b"junk\n" * 20 + PDF, "application/pdf"),
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"GIF89a\x01\0\x01\0", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (b"II*\0\x08\0\0\0", "image/tiff"),
        (b"MM\0*\0\0\0\x08", "image/tiff"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "image/bmp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0avifmif1", "image/heif"),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", "image/avif"),
        (office("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (office("ppt/presentation.xml"), "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        (office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (epub(), "application/epub+zip"),
        (epub("application/vnd.oasis.opendocument.spreadsheet"), "application/vnd.oasis.opendocument.spreadsheet"),
        (offices.epub({"a.xhtml": "a"}), "application/epub+zip"),
        (b"\xef\xbb\xbf\n <!DOCTYPE html><title>x</title>", "text/html"),
        (b'<?xml version="1.0"?><html xmlns="x">', "text/html"),
    ],
)
def test_the_first_bytes_tell_the_type(data: bytes, mime: str) -> None:
    assert sniff(data) == mime
    looked_at = inspect(Bytes(data=data, name="misnamed.bin"))
    assert isinstance(looked_at, Bytes)
    assert looked_at.mime == mime


def test_an_office_file_is_known_by_the_directory_at_its_end() -> None:
    data = office("word/document.xml", padding=200_000)
    looked_at = inspect(Bytes(data=data))
    assert isinstance(looked_at, Bytes)
    assert looked_at.mime is not None
    assert looked_at.mime.endswith("wordprocessingml.document")


@pytest.mark.parametrize("data", [b"\0\0\0\xffftyp" + bytes(8), b"PK\x03\x04" + bytes(60), b"%PDX", b"ftyp", b"B"])
def test_other_bytes_tell_nothing(data: bytes) -> None:
    assert sniff(data) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (HTTPS, Url(url=HTTPS)),
        ("HTTP://example.com/a.PNG?x=1", Url(url="HTTP://example.com/a.PNG?x=1", image=True)),
        ({"type": "document_url", "document_url": HTTPS, "document_name": "a"}, Url(url=HTTPS, name="a")),
        ({"document_url": HTTPS}, Url(url=HTTPS)),
        ({"type": "image_url", "image_url": HTTPS}, Url(url=HTTPS, image=True)),
        ({"image_url": {"url": HTTPS, "detail": "low"}}, Url(url=HTTPS, image=True, detail="low")),
        ({"type": "file", "file_id": "f1"}, FileId(file_id="f1")),
        ({"type": "base64", "content": "QQ==", "document_name": "a"}, Encoded(text="QQ==", name="a")),
        ("data:image/PNG;base64,QQ==", Encoded(text="data:image/PNG;base64,QQ==", start=22, mime="image/png")),
        ({"type": "file", "file": PDF, "mime_type": "application/pdf"}, Bytes(data=PDF, mime="application/pdf")),
        ({"type": "file", "file": Path("x/a.pdf")}, FileOnDisk(path=Path("x/a.pdf"), name="a.pdf")),
        (Path("x/a.pdf"), FileOnDisk(path=Path("x/a.pdf"), name="a.pdf")),
        (PDF, Bytes(data=PDF)),
    ],
)
def test_what_callers_give_is_sorted(value: object, expected: object) -> None:
    assert as_document(value) == expected


def test_open_files_and_pictures_are_told_by_what_they_can_do() -> None:
    assert isinstance(as_document(io.BytesIO(PDF)), OpenFile)
    image = pytest.importorskip("PIL.Image").new("L", (4, 4))
    picture = as_document(image)
    assert isinstance(picture, Picture)
    looked_at = inspect(picture)
    assert isinstance(looked_at, Bytes)
    assert looked_at.mime == "image/png"


@pytest.mark.parametrize("mode", ["1", "CMYK", "HSV", "I;16", "LA", "P", "PA", "RGBX", "RGBa", "YCbCr"])
@pytest.mark.parametrize("dpi", [None, (300, 300), (150.0, 75), (0, 0), (300,), "72", (None, "x"), (72, math.nan)])
def test_a_picture_of_any_mode_keeps_its_resolution(mode: str, dpi: Any) -> None:
    images = pytest.importorskip("PIL.Image")
    image = images.new(mode, (4, 4))
    image.info |= {} if dpi is None else {"dpi": dpi}
    looked_at = inspect(as_document(image))
    assert isinstance(looked_at, Bytes)
    keeps = dpi in {(300, 300), (150.0, 75)}
    told = images.open(io.BytesIO(looked_at.data)).info.get("dpi")
    assert told == (pytest.approx(dpi, abs=0.02) if keeps else None)


def test_a_picture_that_is_none_is_refused() -> None:
    image = pytest.importorskip("PIL.Image").new("L", (0, 0))
    with pytest.raises(DocumentError, match="cannot be encoded as PNG"):
        inspect(as_document(image))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("scan.pdf", "wrap it in pathlib.Path"),
        ("/etc/passwd", "wrap it in pathlib.Path"),
        ("file:///etc/passwd", "wrap it in pathlib.Path"),
        ("ftp://example.com/a.pdf", "neither an http(s) URL nor a data URI"),
        ({"type": "file", "file": "/etc/passwd"}, "wrap it in pathlib.Path"),
        ({"type": "document_url", "document_url": "/etc/passwd"}, "wrap it in pathlib.Path"),
        ("data:application/pdf;base64", "no comma"),
        ({"type": "document_url"}, 'no usable "document_url"'),
        ({"type": "document_url", "document_url": 3}, 'no usable "document_url"'),
        ({"type": "base64"}, 'no usable "content"'),
        ({"type": "carrier pigeon"}, "is unknown"),
        ({}, "is unknown"),
        ({"document_url": "https://a/b", "document_name": 5}, 'document["document_name"] is no text'),
        ({"file": PDF, "mime_type": 5, "type": "file"}, 'document["mime_type"] is no text'),
        (3, "of type int is no document"),
        (None, "of type NoneType is no document"),
        ([PDF], "ocr_many takes several of them"),
        (base64.b64encode(PDF * 100).decode(), "a text of 2,000 characters is neither an http(s) URL nor a data URI"),
        ((each for each in [PDF]), "of type generator is no document"),
    ],
)
def test_what_is_no_document_is_refused_with_what_to_do(value: object, says: str) -> None:
    with pytest.raises(DocumentError) as raised:
        as_document(value)
    assert says in str(raised.value)


def file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_file_is_looked_at_and_not_read(tmp_path: Path) -> None:
    path = file(tmp_path, "a.pdf", PDF)
    os.truncate(path, 5_000_000_000)  # sparse: reading it whole would be noticed
    looked_at = inspect(as_document(path))
    assert looked_at == FileOnDisk(path=path, name="a.pdf", size=5_000_000_000, mime="application/pdf")


def test_each_unusable_file_has_its_own_error(tmp_path: Path) -> None:
    locked = file(tmp_path, "locked.pdf", PDF)
    locked.chmod(0)
    os.mkfifo(tmp_path / "pipe")
    cases: list[tuple[Path, str]] = [
        (tmp_path / "missing.pdf", "does not exist"),
        (file(tmp_path, "empty.pdf", b""), "is empty"),
        (tmp_path, "is a directory"),
        (tmp_path / "pipe", "not a regular file"),
        (file(tmp_path, "text.pdf", b"Dear Sir or Madam"), "said to be application/pdf, but its bytes are not"),
        (file(tmp_path, "text.docx", b"Dear Sir or Madam"), "but its bytes are not"),
        (file(tmp_path, "locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "save it anew, without a password"),
        (file(tmp_path, "picture.png", b"<svg/>"), "but its bytes are not"),
        (file(tmp_path, "unknown", b"\1\2\3"), "of no type"),
        (Path("nul\0l"), "cannot be read"),
    ]
    if os.geteuid():
        cases.append((locked, "Permission denied"))
    for path, says in cases:
        with pytest.raises(DocumentError) as raised:
            inspect(as_document(path))
        assert says in str(raised.value), path
        assert "Dear Sir" not in str(raised.value)


def test_a_name_tells_the_type_where_the_bytes_cannot(tmp_path: Path) -> None:
    looked_at = inspect(as_document(file(tmp_path, "table.csv", b"a,b\n")))
    assert isinstance(looked_at, FileOnDisk)
    assert looked_at.mime == "text/csv"


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (base64.b64encode(PDF).decode(), PDF),
        (base64.encodebytes(PDF * 9).decode(), PDF * 9),
        (base64.urlsafe_b64encode(PDF + b"\xfb\xff").decode().rstrip("="), PDF + b"\xfb\xff"),
    ],
)
def test_base64_is_decoded_as_people_write_it(text: str, data: bytes) -> None:
    looked_at = inspect(as_document(f"data:application/octet-stream;base64,{text}"))
    assert isinstance(looked_at, Bytes)
    assert (looked_at.data, looked_at.mime) == (data, "application/pdf")


@pytest.mark.parametrize("data", [PDF + bytes(200_000), office("word/document.xml", padding=200_000), PNG], ids=len)
def test_base64_that_can_be_sent_on_stays_and_its_bytes_say_the_same(data: bytes) -> None:
    looked_at = inspect(as_document({"type": "base64", "content": base64.b64encode(data).decode()}))
    assert isinstance(looked_at, EncodedBytes)
    assert (looked_at.size, looked_at.mime) == (len(data), inspect(Bytes(data=data)).mime)  # type: ignore[union-attr]
    assert looked_at.data == data


@pytest.mark.parametrize("text", ["JVBERi0xLjQKJ...", "%%%%", "ä", "Q", "QQ==QQ=="])
def test_what_is_no_base64_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match="not valid base64"):
        inspect(Encoded(text=text))


def test_a_percent_encoded_data_uri_is_decoded() -> None:
    looked_at = inspect(as_document("data:text/html,%3Chtml%3Ex"))
    assert isinstance(looked_at, Bytes)
    assert (bytes(looked_at.data), looked_at.mime) == (b"<html>x", "text/html")


def test_open_files_are_read_from_where_they_stand(tmp_path: Path) -> None:
    memory = io.BytesIO(b"skipped" + PDF)
    memory.seek(7)
    looked_at = inspect(as_document(memory))
    assert isinstance(looked_at, Bytes)
    assert bytes(looked_at.data) == PDF
    with file(tmp_path, "a.pdf", PDF * 2).open("rb") as untouched:
        assert isinstance(inspect(as_document(untouched)), FileOnDisk)  # streamed, not read whole
        untouched.seek(len(PDF))
        rest = inspect(as_document(untouched))
        assert isinstance(rest, Bytes)
        assert rest.data == PDF


def test_a_password_goes_with_the_document_however_it_is_given(tmp_path: Path) -> None:
    path, uri = file(tmp_path, "a.pdf", PDF), f"data:application/pdf;base64,{base64.b64encode(PDF).decode()}"
    with path.open("rb") as opened:
        for each in (path, PDF, io.BytesIO(PDF), opened, uri):
            kind, key = ("document_url",) * 2 if isinstance(each, str) else ("file", "file")
            document = inspect(as_document({"type": kind, key: each, "password": "open sesame"}))
            assert getattr(document, "password", None) == "open sesame"


@pytest.mark.parametrize("data", [b"x", PDF + b"\x9c"])
def test_a_text_file_is_refused(tmp_path: Path, data: bytes) -> None:
    says = r"a\.txt gives str; open it in binary mode"
    with file(tmp_path, "a.txt", data).open(encoding="utf-8") as text, pytest.raises(DocumentError, match=says):
        inspect(as_document(text))


def test_a_file_to_be_written_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.pdf").open("wb") as out, pytest.raises(DocumentError, match=r"a\.pdf .* not open for reading"):
        inspect(as_document(out))


def test_buffers_are_not_copied() -> None:
    data = bytearray(PDF * 1000)
    for value in (data, memoryview(data)):
        looked_at = inspect(as_document(value))
        assert isinstance(looked_at, Bytes)
        assert looked_at.data is value
    with pytest.raises(DocumentError, match="contiguous"):
        inspect(as_document(memoryview(data)[::2]))


def test_a_digest_is_of_the_bytes_whatever_holds_them(tmp_path: Path) -> None:
    on_disk: Any = as_document(file(tmp_path, "a.pdf", PDF))
    assert digest(on_disk) == digest(Bytes(data=memoryview(PDF)))


def test_a_description_carries_no_secret() -> None:
    url = as_document("https://user:secret@example.com/signed/a.pdf?token=secret")
    assert describe(url) == "example.com/…/a.pdf"


def test_an_svg_file_is_taken_for_one() -> None:
    found = inspect(Bytes(data=b"<svg xmlns='http://www.w3.org/2000/svg'/>", name="a.svg"))
    assert isinstance(found, Bytes)
    assert found.mime == "image/svg+xml"


class Awaited:
    """An open file of an async library."""

    def __init__(self, data: object, filename: str | None = None) -> None:
        self.data = data
        self.filename = filename

    async def read(self, size: int = -1) -> object:
        return self.data


@pytest.mark.anyio
async def test_a_file_whose_read_is_awaited_is_a_document() -> None:
    given = as_document(Awaited(PDF, "a.pdf"))
    assert isinstance(given, AsyncFile)
    assert await inspected(given) == Bytes(data=PDF, mime="application/pdf", name="a.pdf")
    with pytest.raises(DocumentError, match=r"^the open file without a name gives str; open it in binary mode"):
        await inspected(as_document(Awaited("text")))


def test_an_upload_with_a_file_behind_it_is_that_file() -> None:
    upload = Awaited(b"", "a.pdf")
    upload.file = io.BytesIO(PDF)  # type: ignore[attr-defined]
    assert inspect(as_document(upload)) == Bytes(data=PDF, mime="application/pdf", name="a.pdf")
    field = SimpleNamespace(name="file", filename="a.pdf", file=io.BytesIO(PDF))  # aiohttp's
    assert inspect(as_document(field)) == Bytes(data=PDF, mime="application/pdf", name="a.pdf")
