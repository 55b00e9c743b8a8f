"""The forms of a result, by name and by ending: one list for `run`, `bulk` and `OCRResponse.save`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, missing_extra


__all__ = ["APART", "BINARY", "FORMS", "OF_DOCUMENT", "Forms", "endings_named", "form_of", "options_for", "require"]

Forms = Mapping[str, tuple[str, ...]]

FORMS: Forms = {
    "md": (".md", ".markdown"),
    "json": (".json",),
    "jsonl": (".jsonl", ".ndjson"),
    "text": (".txt", ".text"),
    "html": (".html", ".htm"),
    "csv": (".csv",),
    "xlsx": (".xlsx",),
    "pdf": (".pdf",),
    "pdfa": (".pdf",),
    "hocr": (".hocr",),
    "alto": (".xml",),
}
"""
The forms of a result, and the endings that stand for each: the first is given to files in a folder, and one that two
forms have stands for the first of them.
"""

BINARY = frozenset({"xlsx", "pdf", "pdfa"})
"""No text, and nothing for a terminal."""

APART = frozenset({"html", "csv", "xlsx", "pdf", "pdfa", "hocr", "alto"})
"""Those of which several in one file are nothing."""

OF_DOCUMENT = frozenset({"html", "pdf", "pdfa"})
"""Those that something is made for of the document itself."""

_PLACES = {"confidence_scores_granularity": "word", "include_blocks": True}
_ASKS: Mapping[str, Mapping[str, Any]] = {
    "html": {"include_image_base64": True},
    "csv": {"table_format": "html"},
    "xlsx": {"table_format": "html"},
    "pdf": _PLACES,
    "pdfa": _PLACES,
    "hocr": _PLACES,
    "alto": _PLACES,
}

_SEARCHABLE = (("pikepdf", "pdf"), ("pypdfium2", "local"))
_NEEDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "text": (("markdown_it", "cli"),),
    "html": (("markdown_it", "cli"),),
    "csv": (("markdown_it", "tables"),),
    "xlsx": (("markdown_it", "tables"), ("xlsxwriter", "tables")),
    "pdf": _SEARCHABLE,
    "pdfa": (*_SEARCHABLE, ("jsonschema", "pdfa"), ("referencing", "pdfa"), ("fontTools", "pdfa")),
}


def options_for(form: str, model: str | None) -> Mapping[str, Any]:
    """Return the options of a call that make more of *form*, as far as *model*'s provider has them."""
    wanted = _ASKS.get(form, {})
    if not wanted:
        return wanted
    from .. import providers

    name = (model or os.environ.get("OCR_ASYNC_MODEL") or "local").partition("/")[0]
    serving = providers.provider_class(name) or providers.provider_class("mistral")
    has = serving.facts.options if serving is not None else frozenset()
    return {option: value for option, value in wanted.items() if option in has}


def require(form: str) -> None:
    """
    See that *form* can be written, before anything is read and paid for.

    Raises:
        ConfigurationError: It needs a package that is not installed.
    """
    for module, extra in _NEEDS.get(form, ()):
        if find_spec(module) is None:
            raise missing_extra(f"the form {form}", extra)


def endings_named(forms: Forms = FORMS) -> str:
    """Return the forms and their endings, for a message."""
    return ", ".join(f"{form} ({', '.join(endings)})" for form, endings in forms.items())


def form_of(path: Path, wanted: str | None = None, forms: Forms = FORMS) -> str | None:
    """
    Return the form *wanted*, or the one that *path*'s ending stands for; None where neither says.

    Raises:
        ConfigurationError: There is no form of that name or with that ending, or the two contradict each other.
    """
    ending = path.suffix.lower()
    if wanted is not None and wanted not in forms:
        raise ConfigurationError(f"there is no form {wanted!r}; there are {endings_named(forms)}")
    if wanted is not None and ending in forms[wanted]:
        return wanted
    form = next((form for form, endings in forms.items() if ending in endings), None)
    if ending and form is None:
        raise ConfigurationError(f"{path}: there is no form with the ending {ending}; there are {endings_named(forms)}")
    if form is not None and wanted is not None:
        raise ConfigurationError(
            f"the form {wanted} and the file {path} contradict each other: {ending} is the ending of {form}"
        )
    return form or wanted
