"""Jobs of ``POST /v1/ocr/jobs``, in PostgreSQL: each is held by the gateway that works on it, as batches are."""

from __future__ import annotations

from ..ocr_jobs import OCRJobs
from .leases import claiming


__all__ = ["PostgresJobs"]


class PostgresJobs(OCRJobs):
    """See `storage.ocr_jobs.OCRJobs`."""

    TAKE = claiming(
        "ocr_jobs",
        "ended IS NULL AND id NOT IN (SELECT json_array_elements_text($2))",
        most=3,
        also=", tries = tries + 1",
        returning=OCRJobs.RETURNED,
    )
