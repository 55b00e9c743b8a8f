"""Results into their folder: each file whole and on the disk before the ledger says so, or not there at all."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from attrs import evolve

from .. import export
from .._platform.files import sync_folder
from ..export.forms import FORMS
from ..formats import loads
from ..models import OCRPage, OCRResponse
from ..pages import merge
from .pausing import needing_room
from .schema import FOLDER


__all__ = ["assemble", "publish", "results", "saved", "stored", "sweep", "write"]

_TEMPORARY = "new-"
_number = itertools.count()


def results(out: Path, stem: str, form: str) -> dict[str, Path]:
    """Return where the results of a document go, by their forms: JSON whole, and *form* beside it."""
    return {each: out / f"{stem}{FORMS[each][0]}" for each in dict.fromkeys(("json", form))}


def publish(
    response: OCRResponse, out: Path, stem: str, form: str, *, name: str, pictures: Mapping[int, bytes]
) -> None:
    """
    Write the results of one document. Blocks.

    Raises:
        Paused: There is no room for them.
    """
    for each, path in results(out, stem, form).items():
        text = export.render(response, each, name=name, pictures=pictures)
        data = text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")  # a name may be no text
        write(out, path, data)


def write(out: Path, path: Path, data: bytes) -> None:
    """
    Put *data* into *path*, below *out*, whole. Blocks.

    Raises:
        Paused: There is no room for it.
    """
    beside = out / FOLDER / f"{_TEMPORARY}{os.getpid()}-{next(_number)}"
    with needing_room():
        try:
            _make(out, path.parent)
            with open(beside, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
            sync_folder(path.parent)
        finally:
            with suppress(OSError):
                beside.unlink()


def _make(out: Path, folder: Path) -> None:
    """Make *folder*, and have its name on the disk too."""
    if not folder.is_dir():
        _make(out, folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sweep(out: Path) -> None:
    """Delete what a killed run left half written; nobody else writes meanwhile. Blocks."""
    for left in (out / FOLDER).glob(f"{_TEMPORARY}*"):
        with suppress(OSError):
            left.unlink()


# --- pages that came at different times ---------------------------------------------------------------------------


def saved(page: OCRPage) -> bytes:
    """Return *page* as the ledger keeps it."""
    return OCRResponse(pages=(page,), model="").to_json()


def stored(bodies: Sequence[bytes]) -> list[OCRPage]:
    """Return the pages that `saved` made *bodies* of."""
    return [page for body in bodies for page in OCRResponse.from_dict(loads(body)).pages]


def assemble(earlier: Sequence[OCRPage], response: OCRResponse) -> OCRResponse:
    """
    Return *response* with the pages that came *earlier*; what it says of usage is then of all pages.

    Each page stands for itself: ids of pictures and tables that two pages share are renumbered.
    """
    if not earlier:
        return response
    pages = {page.index: page for page in (*earlier, *response.pages)}
    merged = merge([OCRResponse(pages=(page,), model="") for page in pages.values()])
    usage = evolve(response.usage_info, pages_processed=len(pages))
    return evolve(response, pages=merged.pages, usage_info=usage)
