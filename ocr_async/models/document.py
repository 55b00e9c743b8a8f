"""What is read: a document where it lies, and what a provider is asked of it in one exchange."""

from __future__ import annotations

import binascii
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from attrs import field, frozen


__all__ = [
    "Bytes",
    "ConfidenceGranularity",
    "Document",
    "EncodedBytes",
    "FileId",
    "FileOnDisk",
    "Language",
    "OCRRequest",
    "TableFormat",
    "Url",
]

TableFormat = Literal["markdown", "html"]
ConfidenceGranularity = Literal["word", "page", "block"]
Language = str | Sequence[str]

_PIECE = 1 << 20  # characters decoded at once, in which no other thread runs


@frozen(kw_only=True)
class Url:
    """
    A document on the web.

    Attributes:
        url: http or https.

        image: Whether it is sent as an image rather than as a document.

        name: File name, as people call it.

        detail: Mistral's ``low``, ``auto`` or ``high`` of an image.
    """

    url: str
    image: bool = False
    name: str | None = None
    detail: str | None = None


@frozen(kw_only=True)
class FileOnDisk:
    """
    A local file, read only while it is sent.

    Attributes:
        path: Where it lies.

        size: Bytes; None until the file was looked at.

        mime: MIME type; None until its first bytes were looked at.

        name: File name, as people call it.

        password: Of an encrypted PDF.
    """

    path: os.PathLike[str]
    size: int | None = None
    mime: str | None = None
    name: str | None = None
    password: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class Bytes:
    """
    A document in memory; the buffer is never copied.

    Attributes:
        data: Any contiguous bytes-like object. It must not change during the call.

        mime: MIME type; None until its first bytes were looked at.

        name: File name, as people call it.

        password: Of an encrypted PDF.
    """

    data: bytes | bytearray | memoryview = field(repr=False)
    mime: str | None = None
    name: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        return memoryview(self.data).nbytes


class EncodedBytes(Bytes):
    """
    A document in memory as base64, which providers that want base64 are sent as it is; decoded for who reads `data`.

    Attributes:
        text: Holds it behind its first *start* characters: standard letters and padding, and nothing else, as nobody
            looks at it again. None once it was decoded for a copy.
    """

    __slots__ = ("_decoded", "start", "text")

    text: str | None
    start: int
    _decoded: bytes | None

    def __init__(
        self,
        *,
        text: str | None = None,
        start: int = 0,
        data: bytes | None = None,
        mime: str | None = None,
        name: str | None = None,
        password: str | None = None,
    ) -> None:
        facts = {"text": text, "start": start, "_decoded": data, "mime": mime, "name": name, "password": password}
        for key, value in facts.items():
            object.__setattr__(self, key, value)

    @property
    def data(self) -> bytes:  # pyright: ignore[reportIncompatibleVariableOverride]  # both are only read
        if self._decoded is None:
            object.__setattr__(self, "_decoded", b"".join(map(binascii.a2b_base64, self.pieces(_PIECE))))
            assert self._decoded is not None
        return self._decoded

    def head(self, length: int) -> bytes:
        """Return the first *length* bytes."""
        if self.text is None:
            return self.data[:length]
        return binascii.a2b_base64(self.text[self.start : self.start + (length + 2) // 3 * 4])[:length]

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Bytes, data=self.data, mime=self.mime, name=self.name, password=self.password), ()

    @property
    def size(self) -> int:
        if self.text is None:
            return len(self.data)
        return (len(self.text) - self.start) // 4 * 3 - self.text.count("=", -2)

    def pieces(self, length: int) -> Iterator[bytes]:
        """Yield the base64, *length* characters at a time."""
        text = self.text or ""
        for start in range(self.start, len(text), length):
            yield text[start : start + length].encode("ascii")


@frozen(kw_only=True)
class FileId:
    """A file that was uploaded to the provider before."""

    file_id: str


Document = Url | FileOnDisk | Bytes | FileId


@frozen(kw_only=True)
class OCRRequest:
    """
    What a provider is asked in one exchange: a document or a batch of its pages, and the options.

    Attributes:
        model: The provider's own name of the model, without the provider's prefix.

        document: Never a file that was not looked at: `mime` and `size` are known.

        pages: Indexes, ascending and distinct; None asks for all.

        never_bill_twice: Whether what was answered, and so may be billed, is not asked again, be the answer of no use.

        extra_body: Merged into the JSON body last, for what this package does not know.
    """

    model: str
    document: Document
    pages: tuple[int, ...] | None = None
    include_image_base64: bool | None = None
    image_limit: int | None = None
    image_min_size: int | None = None
    table_format: TableFormat | None = None
    extract_header: bool | None = None
    extract_footer: bool | None = None
    include_blocks: bool | None = None
    confidence_scores_granularity: ConfidenceGranularity | None = None
    lang: Language | None = None
    bbox_annotation_format: Mapping[str, Any] | None = None
    document_annotation_format: Mapping[str, Any] | None = None
    document_annotation_prompt: str | None = None
    mistral_extra: Mapping[str, Any] | None = None
    docling_extra: Mapping[str, Any] | None = None
    extra_body: Mapping[str, Any] | None = None
    never_bill_twice: bool = False

    @property
    def count(self) -> int | None:
        """How many pages are asked for; None for all."""
        return None if self.pages is None else len(self.pages)
