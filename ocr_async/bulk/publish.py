"""What results of a document are called and hold, and the pages that they are put together from."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from .. import export
from ..errors import ResponseInvalid
from ..export.forms import FORMS
from ..formats import loads
from ..models import OCRPage, OCRResponse
from ..pages import merge
from .store.port import Store


__all__ = ["assemble", "names", "published", "rendered", "saved", "stored"]


def names(stem: str, form: str) -> dict[str, str]:
    """Return what the results of a document are called, by their forms: JSON whole, and *form* beside it."""
    return {each: f"{stem}{FORMS[each][0]}" for each in dict.fromkeys(("json", form))}


def rendered(response: OCRResponse, form: str, *, name: str, made: export.Made) -> bytes:
    """Return *response* in one *form*. Blocks."""
    found = export.render(response, form, name=name, pictures=made.pictures, pdf=made.pdf)
    return (
        found.encode("utf-8", "backslashreplace") if isinstance(found, str) else bytes(found)
    )  # a name may be no text


def published(out: Store, stem: str) -> OCRResponse:
    """
    Return the result of a document that lies in *out*. Blocks.

    Raises:
        OSError: There is none, or it cannot be read.
        ValueError: It is damaged.
    """
    try:
        return OCRResponse.from_dict(loads(out.get(names(stem, "json")["json"])))
    except ResponseInvalid as error:
        raise ValueError(str(error)) from error


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
