"""
Files that are text already: they come back as they are, decoded. Of letters, what is written in them.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import MIMEPart

from ...errors import DocumentError, OCRError, missing_extra
from ...models import OCRElement, OCRPage


__all__ = ["is_text", "lacking", "page_of", "text_of"]

_LETTER = "message/rfc822"
_TEXTS = frozenset(
    {"application/json", "application/xml", "application/x-ipynb+json", "application/x-tex", "application/x-bibtex"}
    | {"application/yaml", "application/x-yaml", "application/toml", "application/javascript", "application/x-sh"}
    | {"application/sql", "application/x-python", "application/x-python-code", "application/jsonl"}
    | {"application/x-ndjson", "application/x-subrip", _LETTER, "application/rtf"}
)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
          (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_LOOKED_AT = 256 * 1024  # bytes from which the encoding is guessed
_MOST = 32 << 20  # bytes
_HEADERS = ("From", "To", "Cc", "Date", "Subject")


def is_text(mime: str | None) -> bool:
    """Whether a document of the type *mime* is text, and neither HTML nor a picture."""
    kind = mime or ""
    return kind in _TEXTS or (kind.startswith("text/") and kind != "text/html")


def page_of(data: bytes, mime: str | None) -> OCRPage:
    """
    Return the one page of a text file.

    Raises:
        DocumentError: It is no text, too long, or needs the extra ``office``.
    """
    text = text_of(data, mime)
    return OCRPage(index=0, markdown=text, elements=(OCRElement(type="text", label="text", text=text),))


def text_of(data: bytes, mime: str | None) -> str:
    """Return what a text file says; see `page_of`."""
    if len(data) > _MOST:
        raise DocumentError(f"the text has more than {_MOST >> 20} MiB, which are not read")
    if mime == _LETTER:
        return _letter(data)
    return _decoded(data)


def _decoded(data: bytes) -> str:
    """Decode *data*: by its byte order mark, as UTF-8, or as what its bytes look most like."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    if b"\0" in data:
        raise DocumentError("the file is said to be text, but its bytes are not")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode(_encoding(data[:_LOOKED_AT]), "replace")


def _encoding(data: bytes) -> str:
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        raise lacking("texts in old encodings") from None
    best = from_bytes(data).best()
    return "cp1252" if best is None else best.encoding


def _letter(data: bytes) -> str:
    letter = message_from_bytes(data, policy=policy.default)
    try:
        body = letter.get_body(("plain", "html"))
        heads = [f"{name}: {value}" for name in _HEADERS if (value := letter.get(name))]
        names = [f"Attachment: {name}" for part in letter.iter_attachments() if (name := part.get_filename())]
        return "\n\n".join(filter(None, ["\n".join([*heads, *names]), "" if body is None else _body(body)]))
    except (ValueError, LookupError, AttributeError, TypeError):  # the parser is lazy, and so are its errors
        raise DocumentError("the letter cannot be read: it is damaged") from None


def _body(part: MIMEPart) -> str:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes), "get_body returns a part that has no others"
    try:
        text = data.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError):
        text = _decoded(data)
    text = text.replace("\r\n", "\n")
    return "\n\n".join(_paragraphs(text)) if part.get_content_type() == "text/html" else text.rstrip()


def _paragraphs(html: str) -> Iterator[str]:
    try:
        from .markup import blocks_of
    except ImportError:
        raise lacking("letters in HTML") from None
    from .content import plain

    for block in blocks_of(html, lambda _: None):
        if text := plain((block,)).strip():
            yield text


def lacking(what: str) -> OCRError:
    """Return the error of *what* needs the extra ``office``, which says nothing of other documents."""
    return missing_extra(f"reading {what}", "office", kind=DocumentError, hint="hosted")
