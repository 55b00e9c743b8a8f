"""
What a document may be, and what its first bytes say it is.

`as_document()` sorts what a caller gives, without touching a disk; `inspect()` looks at the bytes. `inspect` and
`digest` block, so `call` runs them on another thread.
"""

from __future__ import annotations

import hashlib
import io
import os
import pathlib
import stat
from collections.abc import AsyncIterator, Iterator, Mapping, Set
from contextlib import suppress
from inspect import iscoroutinefunction
from typing import IO, Any, cast
from urllib.parse import urlsplit

from attrs import evolve, field, frozen

from . import _base64, _percent
from .errors import DocumentError
from .mime_types import by_name, type_of
from .models import Bytes, Document, FileId, FileOnDisk, Url
from .models._drafts import maker
from .models.document import EncodedBytes


__all__ = [
    "AsyncFile",
    "Encoded",
    "Given",
    "OpenFile",
    "Picture",
    "as_document",
    "as_read",
    "describe",
    "digest",
    "file_name",
    "inspect",
    "is_one",
]

_HEAD = 65_536  # bytes looked at from either end; a ZIP's first names or its directory lie there
_HEAD_TEXT = (_HEAD + 2) // 3 * 4  # the same in base64


@frozen(kw_only=True)
class Encoded:
    """Base64 or percent-encoded text, behind the first *start* characters of a data URI; read only by `inspect`."""

    text: str = field(repr=False)
    start: int = 0
    base64: bool = True
    mime: str | None = None
    name: str | None = None
    password: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class OpenFile:
    """An open binary file; read only by `inspect`."""

    file: IO[bytes]
    mime: str | None = None
    name: str | None = None
    password: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class AsyncFile:
    """An open binary file whose `read` is awaited; only `call.prepare.inspected` reads it."""

    file: Any
    mime: str | None = None
    name: str | None = None
    password: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class Picture:
    """A PIL image, sent as PNG."""

    image: Any = field(repr=False)
    name: str | None = None


Given = Document | Encoded | OpenFile | AsyncFile | Picture


# --- what the caller gave -----------------------------------------------------------------------------------------


def as_document(value: object) -> Given:
    """
    Sort *value* into one kind of document; nothing is read.

    Args:
        value: A ``document`` mapping of Mistral's, Opper's or LiteLLM's API, a path, bytes, an open binary file, the
            text of a URL or data URI, or a PIL image.

    Raises:
        DocumentError: It is none of these. A bare string is never a path, because a string that came over a network
            must not name a local file.
    """
    if isinstance(value, str):
        return _from_text(value)
    if type(value) is dict or isinstance(value, Mapping):
        return _from_mapping(value)
    return _from_object(value)


def _from_object(value: object, mime: str | None = None, name: str | None = None, password: str | None = None) -> Given:
    if isinstance(value, (Url, FileOnDisk, Bytes, FileId, Encoded, OpenFile, AsyncFile, Picture)):
        return value
    if isinstance(value, os.PathLike):
        return FileOnDisk(path=value, name=name or file_name(value), mime=mime, password=password)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return Bytes(data=value, mime=mime, name=name, password=password)
    if iscoroutinefunction(getattr(value, "read", None)):
        file, name = getattr(value, "file", None), name or getattr(value, "filename", None)  # an upload's, in a service
        if file is not None and not iscoroutinefunction(getattr(file, "read", None)):
            return OpenFile(file=file, mime=mime, name=name, password=password)
        return AsyncFile(file=value, mime=mime, name=name, password=password)
    if callable(getattr(value, "read", None)):
        return OpenFile(file=cast("IO[bytes]", value), mime=mime, name=name, password=password)
    if callable(getattr(file := getattr(value, "file", None), "read", None)):  # an upload's too, as of aiohttp
        return _from_object(file, mime, name or getattr(value, "filename", None), password)
    if type(value).__module__.partition(".")[0] == "PIL":
        return Picture(image=value, name=name)
    several = isinstance(value, (list, tuple, Set, Iterator, AsyncIterator))
    raise DocumentError(
        f"an object of type {type(value).__name__} is no document: "
        f"give a pathlib.Path, bytes, an open binary file, a URL, a PIL image or a document mapping"
        f"{'; ocr_many takes several of them' if several else ''}"
    )


def _from_text(text: str, *, image: bool | None = None, name: str | None = None, detail: str | None = None) -> Given:
    start = text[:8].lower()
    if start.startswith("data:"):
        return _from_data_uri(text, name)
    if start.startswith(("http://", "https://")):
        if image is None:
            image = (by_name(urlsplit(text).path) or "").startswith("image/")
        found: Url = maker(Url)(url=text, image=image, name=name, detail=detail)
        return found
    if len(text) > _LONGEST_PATH:
        raise DocumentError(
            f"a text of {len(text):,} characters is neither an http(s) URL nor a data URI; "
            'if it is base64, write {"type": "base64", "content": …}'
        )
    raise DocumentError(
        f'"{text[:80]}" is neither an http(s) URL nor a data URI; '
        "if it is the path of a file, wrap it in pathlib.Path: a bare string never names a local file"
    )


def _from_data_uri(text: str, name: str | None) -> Encoded:
    comma = text.find(",")
    if comma < 0:
        raise DocumentError('a data URI has the form "data:<MIME type>;base64,<content>"; this one has no comma')
    mime, *parameters = text[5:comma].split(";")
    base64 = any(parameter.strip().lower() == "base64" for parameter in parameters)
    return Encoded(text=text, start=comma + 1, base64=base64, mime=mime.strip().lower() or None, name=name)


_LONGEST_PATH = 1000  # characters; longer texts are no paths, and not shown
# What the key stands for where no type does.
_KINDS = {"document_url": "document_url", "image_url": "image_url", "content": "base64", "file_id": "file"}


def _from_mapping(value: Mapping[str, Any]) -> Given:
    kind = value.get("type") or next((kind for key, kind in _KINDS.items() if value.get(key) is not None), None)
    name, password, mime = (_told(value, key) for key in ("document_name", "password", "mime_type"))
    match kind:
        case "document_url" if isinstance(url := value.get("document_url"), str):
            return _with_password(_from_text(url, image=False, name=name), password)
        case "image_url" if isinstance(url := value.get("image_url"), str):
            return _from_text(url, image=True, name=name)
        case "image_url" if isinstance(given := value.get("image_url"), Mapping) and isinstance(
            url := given.get("url"), str
        ):
            return _from_text(url, image=True, name=name, detail=given.get("detail"))
        case "base64" if isinstance(content := value.get("content"), str):
            return Encoded(text=content, mime=mime, name=name, password=password)
        case "file" if isinstance(file_id := value.get("file_id"), str):
            return FileId(file_id=file_id)
        case "file" if isinstance(file := value.get("file"), str):
            raise DocumentError(
                f'document["file"] is the text "{file[:80]}"; '
                "if that is a path, wrap it in pathlib.Path: a bare string never names a local file"
            )
        case "file" if value.get("file") is not None:
            return _from_object(value["file"], mime, name, password)
        case str() if kind in _KINDS.values():
            raise DocumentError(f'document of type "{kind}" has no usable "{kind if kind != "base64" else "content"}"')
    raise DocumentError(f"document type {kind!r} is unknown; it is one of {', '.join(_KINDS.values())}")


def _told(value: Mapping[str, Any], key: str) -> str | None:
    told = value.get(key)
    if told is not None and not isinstance(told, str):
        raise DocumentError(f'document["{key}"] is no text')
    return told


def _with_password(given: Given, password: str | None) -> Given:
    return evolve(given, password=password) if password is not None and isinstance(given, Encoded) else given


def is_one(value: object) -> bool:
    """Whether *value* is given as one document, though it may be iterated over."""
    one = (str, bytes, bytearray, memoryview, Mapping, os.PathLike)
    return isinstance(value, one) or hasattr(value, "read")


def describe(document: Given) -> str:
    """Return what people call *document*, without secrets: a file's name, or a URL's last part and host."""
    if isinstance(document, Url):
        parts = urlsplit(document.url)
        return document.name or f"{parts.hostname}/…/{os.path.basename(parts.path)}"
    if isinstance(document, FileId):
        return f"file {document.file_id}"
    return document.name or "document"


def file_name(path: os.PathLike[Any] | str) -> str:
    """Return the last part of *path* as text: a name may be any bytes, and goes into JSON."""
    return os.fsencode(os.path.basename(path)).decode(errors="replace")


# --- what the bytes say -------------------------------------------------------------------------------------------


def inspect(given: Given) -> Document:
    """
    Look at the first bytes of *given*, no `AsyncFile`; return it with `mime` and `size` known. Blocks.

    Raises:
        DocumentError: Missing, empty, a directory, unreadable, not base64, or of a type that nobody reads.
    """
    match given:
        case Url() | FileId():
            return given
        case FileOnDisk():
            return _inspect_file(given)
        case Bytes():
            return _inspect_bytes(given)
        case Encoded():
            return _inspect_encoded(given)
        case OpenFile():
            return inspect(_read(given))
        case AsyncFile():
            raise TypeError("an AsyncFile is read by who can await it")
        case Picture():
            return Bytes(data=_png(given.image), mime="image/png", name=given.name)


def _inspect_file(document: FileOnDisk) -> FileOnDisk:
    path = os.fspath(document.path)
    try:
        facts = os.stat(path)
        if stat.S_ISDIR(facts.st_mode):
            raise DocumentError(f"{path} is a directory; name the files in it")
        if not stat.S_ISREG(facts.st_mode):
            raise DocumentError(f"{path} is not a regular file", hint="bytes")
        if facts.st_size == 0:
            raise DocumentError(f"{path} is empty")
        with open(path, "rb") as file:
            head = file.read(_HEAD)
            tail = b""
            if facts.st_size > _HEAD and head.startswith(b"PK"):
                file.seek(max(_HEAD, facts.st_size - _HEAD))
                tail = file.read()
    except FileNotFoundError as error:
        raise DocumentError(f"{path} does not exist") from error
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        raise DocumentError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    mime = type_of(head, tail, document.mime, document.name or path)
    return evolve(document, size=facts.st_size, mime=mime)


def _inspect_bytes(document: Bytes) -> Bytes:
    try:
        view = memoryview(document.data).cast("B")
    except TypeError as error:
        raise DocumentError("a document's memoryview must be contiguous") from error
    if view.nbytes == 0:
        raise DocumentError(f"{describe(document)} is empty")
    head = bytes(view[:_HEAD])
    tail = bytes(view[max(_HEAD, view.nbytes - _HEAD) :]) if head.startswith(b"PK") else b""
    return evolve(document, mime=type_of(head, tail, document.mime, document.name))


def _inspect_encoded(given: Encoded) -> Bytes:
    text, start = given.text, given.start
    if not given.base64 or not _base64.is_plain(text, start):
        data = _decode(given)
        return _inspect_bytes(Bytes(data=data, mime=given.mime, name=given.name, password=given.password))
    head = _base64.decode_plain(text[start : start + _HEAD_TEXT])
    tail = b""
    if head.startswith(b"PK") and len(text) - start > _HEAD_TEXT:
        tail = _base64.decode_plain(text[max(start + _HEAD_TEXT, len(text) - _HEAD_TEXT) :])
    mime = type_of(head, tail, given.mime, given.name)
    return EncodedBytes(text=text, start=start, mime=mime, name=given.name, password=given.password)


def _decode(given: Encoded) -> bytes:
    text = given.text[given.start :]
    try:
        return _base64.decode(text) if given.base64 else _percent.decode(text)
    except ValueError as error:
        form = "base64" if given.base64 else "percent-encoded"
        raise DocumentError(f"{describe(given)} is not valid {form}: {error}") from error


def _read(given: OpenFile) -> Bytes | FileOnDisk:
    name = getattr(given.file, "name", None)
    name = given.name or (os.path.basename(name) if isinstance(name, str) else None)
    try:
        if isinstance(given.file, io.BytesIO):
            return as_read(given, given.file.getbuffer()[given.file.tell() :], name)
        if path := _path_of(given.file):
            return FileOnDisk(path=path, mime=given.mime, name=name, password=given.password)
        data: object = given.file.read()
    except UnicodeDecodeError:  # it is open as text
        data = ""  # is refused below, as all text is
    except (OSError, ValueError) as error:
        why = "it is not open for reading" if isinstance(error, io.UnsupportedOperation) else error
        raise DocumentError(f"the open file {name or 'without a name'} cannot be read: {why}") from error
    return as_read(given, data, name)


def as_read(given: OpenFile | AsyncFile, data: object, name: str | None = None) -> Bytes:
    """
    Return what was read of an open file.

    Raises:
        DocumentError: It is text.
    """
    name = name or given.name
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise DocumentError(
            f'the open file {name or "without a name"} gives {type(data).__name__}; open it in binary mode ("rb")'
        )
    return Bytes(data=data, mime=given.mime, name=name, password=given.password)


def _path_of(file: IO[bytes]) -> pathlib.Path | None:
    """Return the path of an untouched regular *file*, so that it can be streamed instead of read whole."""
    name = getattr(file, "name", None)
    if not isinstance(name, str) or not isinstance(file, io.BufferedReader) or not file.seekable() or file.tell():
        return None
    try:
        path = os.path.abspath(name)
        same = os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except OSError:
        return None
    return pathlib.Path(path) if same else None


# The modes of Pillow that a PNG has, and F, whose white nobody knows.
_AS_PNG = {"1", "F", "I", "I;16", "L", "LA", "P", "RGB", "RGBA"}


def _png(image: Any) -> bytes:
    target = io.BytesIO()
    try:
        if image.mode not in _AS_PNG:
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        image.save(target, format="PNG", dpi=_resolution(image))
    except (OSError, ValueError, AttributeError) as error:
        raise DocumentError(f"the image cannot be encoded as PNG: {error}") from error
    return target.getvalue()


def _resolution(image: Any) -> tuple[float, float] | None:
    """Return the dots an inch of a PIL *image*, as far as they can be."""
    match image.info.get("dpi"):
        case (across, down):
            with suppress(TypeError, ValueError):
                dpi = float(across), float(down)
                if all(1 <= each < 1e6 for each in dpi):
                    return dpi
    return None


def digest(document: FileOnDisk | Bytes) -> str:
    """Return the SHA-256 of *document*'s bytes, in hexadecimal. Blocks."""
    if isinstance(document, Bytes):
        return hashlib.sha256(document.data).hexdigest()
    with open(document.path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
