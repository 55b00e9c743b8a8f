"""Unstructured's partition endpoint as its client unstructured-client 0.46.4 speaks to it, read 2026-11."""

from __future__ import annotations

import io
from typing import Any

import pypdf

from tests.providers.forms import form_of
from tests.upstream import Exchange, Received

from .base import KEY, Case, Service, text_of


OPTIONS = {
    "chunking_strategy", "combine_under_n_chars", "content_type", "do_not_break_similarity_on_footer_header",
    "encoding", "extract_image_block_types", "gz_uncompressed_content_type", "hi_res_model_name",
    "include_orig_elements",
    "include_page_breaks", "include_slide_notes", "languages", "max_characters", "multipage_sections",
    "new_after_n_chars", "ocr_languages", "output_format", "overlap", "overlap_all", "pdf_infer_table_structure",
    "pdfminer_char_margin", "pdfminer_line_margin", "pdfminer_line_overlap", "pdfminer_word_margin",
    "similarity_threshold", "skip_infer_table_types", "split_pdf_allow_failed", "split_pdf_cache_tmp_data",
    "split_pdf_cache_tmp_data_dir", "split_pdf_concurrency_level", "split_pdf_page", "split_pdf_page_range",
    "starting_page_number", "table_ocr_agent", "unique_element_ids", "vlm_model", "vlm_model_provider", "xml_keep_tags",
}  # fmt: skip
"""Of the client's PartitionParameters, besides those that every request has here."""


def element(page: int, kind: str, text: str, top: int = 100, **metadata: Any) -> dict[str, Any]:
    """Return an element on *page* (from 1)."""
    points = [[170, top], [170, top + 50], [850, top + 50], [850, top]]
    place = {"points": points, "system": "PixelSpace", "layout_width": 1700, "layout_height": 2200}
    return {
        "type": kind,
        "element_id": "e",
        "text": text,
        "metadata": {"page_number": page, "coordinates": place, **metadata},
    }


class Unstructured(Service):
    def authorized(self, received: Received) -> bool:
        return received.headers.get("unstructured-api-key") == KEY

    async def unauthorized(self, exchange: Exchange) -> None:
        await exchange.json({"detail": "API key is malformed"}, 401)

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        assert (received.method, received.path) == ("POST", "/general/v0/general")
        form = form_of(received)
        document = form.pop("files")
        picture = document.data.startswith(b"\x89PNG")
        assert document.mime == ("image/png" if picture else "application/pdf")
        told = {name: part.text for name, part in form.items()}
        assert told.pop("strategy") == "hi_res"
        assert told.pop("coordinates") == "true"
        assert set(told) <= OPTIONS
        await self.document()
        if self.broken:
            await exchange.json({"detail": "File is damaged and cannot be opened"}, 422)
            return
        count = 1 if picture else len(pypdf.PdfReader(io.BytesIO(document.data)).pages)
        await exchange.json([element(page, "NarrativeText", text_of(page - 1)) for page in range(1, count + 1)])


CASE = Case(model="unstructured/hi_res", service=Unstructured, urls=False, cut=True, price=None)
