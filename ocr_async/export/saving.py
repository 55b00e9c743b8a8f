"""`OCRResponse.save`: the form by the ending of the file's name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .. import document as documents
from .._portal import PORTAL
from ..errors import ConfigurationError
from ..models import Bytes, Document, FileOnDisk, OCRResponse
from . import render
from .files import replace
from .forms import endings_named, form_of


__all__ = ["save", "written"]


def save(response: OCRResponse, path: os.PathLike[str] | str, document: object) -> None:
    """Write *response* into the file *path*; see `OCRResponse.save`. Blocks."""
    file = Path(path)
    form = form_of(file)
    if form is None:
        raise ConfigurationError(f"{file} has no ending that names a form; there are {endings_named()}")
    found = written(response, form, document, file.stem)
    data = found if isinstance(found, bytes) else found.encode("utf-8", "backslashreplace")
    replace(file.resolve(), lambda out: out.write(data))  # a link stays, and what it leads to is replaced


def written(response: OCRResponse, form: str, document: object, name: str = "document") -> str | bytes:
    """Return *response* in *form*, with the pictures of *document*, or *name* where that has none. Blocks."""
    given = None if document is None else documents.inspect(documents.as_document(document))
    pictures = {}
    if form == "html" and given is not None:
        from .pictures import drawn

        pictures = PORTAL.call(drawn, given, response)
    return render(response, form, name=_name_of(given) or name, pictures=pictures)


def _name_of(document: Document | None) -> Any:
    return document.name if isinstance(document, (Bytes, FileOnDisk)) else None
