"""
The port behind which files, batches and answers for repeated requests are kept: SQLite and a folder.

Everything in it belongs to the key that put it there; what belongs to another is as unknown as what never was.
"""

from __future__ import annotations

from typing import Protocol

from ..models import FileOnDisk


__all__ = ["Storage"]


class Storage(Protocol):
    """What the OCR routes need of a storage; the routes that fill it bring their own needs with them."""

    async def document(self, file_id: str, owner: str) -> FileOnDisk | None:
        """Return the uploaded file *file_id* of the key whose id is *owner*; None if it has none of that id."""
        ...

    async def document_at(self, url: str, owner: str) -> FileOnDisk | None:
        """
        Return the uploaded file that the signed *url* stands for; None if it is no address of ours.

        Raises:
            Refusal: It is ours, but its signature or its time is wrong.
        """
        ...

    async def close(self) -> None:
        """Write down what is not yet, and close."""
        ...
