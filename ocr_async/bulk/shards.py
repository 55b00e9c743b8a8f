"""A job divided among machines that know nothing of each other: each reads the documents whose names fall to it."""

from __future__ import annotations

import hashlib
import os

from attrs import frozen

from ..errors import ConfigurationError


__all__ = ["Shard"]


@frozen
class Shard:
    """
    One part of a job.

    Attributes:
        index: Which, from 0.

        count: How many there are.
    """

    index: int
    count: int

    @classmethod
    def of(cls, text: str) -> Shard:
        """
        Return what *text* such as ``0/8`` says.

        Raises:
            ConfigurationError: It says none.
        """
        index, slash, count = text.partition("/")
        digits = all(part.isascii() and part.isdecimal() and len(part) < 7 for part in (index, count))
        if not slash or not digits or int(index) >= int(count):
            raise ConfigurationError(f'--shard takes I/N, with I from 0 to N - 1, such as 0/8, and not "{text}"')
        return cls(int(index), int(count))

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    @property
    def name(self) -> str:
        """How files of its own are called, such as ``0-of-8``."""
        return f"{self.index}-of-{self.count}"

    def holds(self, stem: str) -> bool:
        """Whether the document whose results belong to *stem* is read here; *stem* is the same on all machines."""
        digest = hashlib.sha256(os.fsencode(stem)).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.index
