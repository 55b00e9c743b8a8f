"""The pages of a job as one Parquet file, a row each: what data frames and query engines read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO, Any

from ..errors import missing_extra
from ..models import OCRPage
from .publish import published
from .schema import storable
from .standing import Standing
from .store.port import Store


__all__ = ["export_pages"]

_ROWS, _CHARACTERS = 1000, 16_000_000  # of a row group, which is what is held in memory


def export_pages(ledger: Standing, out: Store, file: IO[bytes]) -> tuple[int, int]:
    """
    Write the pages of all results to *file*; return how many documents they are of, and of how many the result is gone.
    Blocks.

    Raises:
        ConfigurationError: The extra is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise missing_extra("Parquet", "parquet") from error
    text, whole, number = pyarrow.string(), pyarrow.int32(), pyarrow.float64()
    kinds = {
        "document": text, "state": text, "model": text, "page": whole, "markdown": text, "header": text,
        "footer": text, "cost_usd": number, "width": whole, "height": whole, "dpi": whole,
        "average_confidence": number, "minimum_confidence": number,
    }  # fmt: skip
    schema = pyarrow.schema(list(kinds.items()))
    counts = [0, 0]
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for rows in _groups(_rows(ledger, out, counts)):
            writer.write_table(pyarrow.Table.from_pylist(rows, schema=schema))
    return counts[0], counts[1]


def _groups(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    characters = 0
    for row in rows:
        group.append(row)
        characters += len(row["markdown"])
        if len(group) == _ROWS or characters > _CHARACTERS:
            yield group
            group, characters = [], 0
    if group:
        yield group


def _rows(ledger: Standing, out: Store, counts: list[int]) -> Iterator[dict[str, Any]]:
    """Yield a row for each page; count the documents, and those whose results are gone."""
    for row in ledger.rows():
        if not row["published"]:
            continue
        try:
            response = published(out, os.fsdecode(row["stem"]))
        except (OSError, ValueError):
            counts[1] += 1
            continue
        counts[0] += 1
        cost = None if row["cost"] is None or row["duplicate_of"] else row["cost"] / max(len(response.pages), 1)
        for page in response.pages:
            facts = _facts(page) | {"document": row["document"], "state": row["state"], "model": response.model}
            yield facts | {"cost_usd": cost}


def _facts(page: OCRPage) -> dict[str, Any]:
    size, sure = page.dimensions, page.confidence_scores
    return {
        "page": page.index,
        "markdown": storable(page.markdown),
        "header": page.header and storable(page.header),
        "footer": page.footer and storable(page.footer),
        "width": size and size.width,
        "height": size and size.height,
        "dpi": size and size.dpi,
        "average_confidence": sure and sure.average_page_confidence_score,
        "minimum_confidence": sure and sure.minimum_page_confidence_score,
    }
