"""
Pages that are asked for and do not exist, on Mistral's routes: they are left out, as Mistral leaves them out.

Clients count on it: for years Mistral's own examples asked for ``pages=list(range(8))``, the first eight, of documents
of any length, and programs that do so with one-page invoices get one page (found in public sources 2026-11-28;
Mistral's documentation says nothing of it). Whoever names no page that exists is refused all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack

from attrs import evolve

from ..call.options import DocumentLike
from ..call.routing import Deployment
from ..errors import PagesMissing, no_such_page
from ..models import OCRRequest, OCRResponse
from .demand import counted, is_local
from .state import Gateway


__all__ = ["existing", "up_to_the_end"]


async def existing(
    gateway: Gateway,
    asked: OCRRequest,
    deployments: Sequence[Deployment],
    document: DocumentLike,
    stack: AsyncExitStack,
) -> tuple[OCRRequest, DocumentLike, bool]:
    """
    Leave out the pages of *asked* that *document* has not.

    Args:
        deployments: Those that may serve it.

        stack: Keeps what has to be downloaded to be counted.

    Returns:
        The request; the document as it was looked at; and whether its pages are known.

    Raises:
        DocumentError: It is none, or has none of them.
    """
    pages = asked.pages
    if pages is None or pages == (0,):  # each has a first one
        return asked, document, True
    download = gateway.config.fetch_urls and all(map(is_local, deployments))
    document, count = await counted(document, deployments, stack, download=download)
    if count is None:
        return asked, document, False
    there = tuple(page for page in pages if page < count)
    if not there:
        raise no_such_page(pages[0], count)
    return evolve(asked, pages=there), document, True


def up_to_the_end(error: PagesMissing) -> OCRResponse | None:
    """Return what came of a document of unknown length, if nothing but pages behind it is missing; else None."""
    response = error.response
    if response is None or not response.pages or min(error.missing) <= max(page.index for page in response.pages):
        return None
    return evolve(response, missing_pages={})
