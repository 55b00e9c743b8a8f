"""`OCRResponse.save`: the form by the ending of the file's name."""

from __future__ import annotations

import logging
import os
from operator import methodcaller
from pathlib import Path
from typing import Any

from .. import document as documents
from .._portal import PORTAL
from ..errors import ConfigurationError
from ..models import Bytes, Document, FileOnDisk, OCRResponse
from . import Made, lacking, made_for, render
from .files import replace
from .forms import OF_DOCUMENT, endings_named, form_of


__all__ = ["save", "written"]

_logger = logging.getLogger(__name__)


def save(response: OCRResponse, path: os.PathLike[str] | str, document: object, form: str | None) -> None:
    """Write *response* into the file *path*; see `OCRResponse.save`. Blocks."""
    file = Path(path)
    form = form_of(file, form)
    if form is None:
        raise ConfigurationError(f"{file} has no ending that names a form; there are {endings_named()}")
    found = written(response, form, document, file.stem)
    data = found.encode("utf-8", "backslashreplace") if isinstance(found, str) else found
    replace(file, methodcaller("write", data))


def written(response: OCRResponse, form: str, document: object, name: str = "document") -> str | bytes | memoryview:
    """Return *response* in *form*, with what that needs of *document*, or *name* where that has none. Blocks."""
    given = None if document is None else documents.inspect(documents.as_document(document))
    made = (
        PORTAL.call(made_for, form, given, response) if form in OF_DOCUMENT else Made(warnings=lacking(form, response))
    )
    for warning in made.warnings:
        _logger.warning("%s", warning)
    return render(response, form, name=_name_of(given) or name, pictures=made.pictures, pdf=made.pdf)


def _name_of(document: Document | None) -> Any:
    return document.name if isinstance(document, (Bytes, FileOnDisk)) else None
