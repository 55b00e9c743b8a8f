"""
Who may use the gateway, for what, and how much.

Keys are known by the SHA-256 of their text alone.
"""

from __future__ import annotations

import hashlib
import hmac

from attrs import define, field, frozen

from .refusals import Refusal


__all__ = ["Access", "Key", "digest"]


@frozen(kw_only=True)
class Key:
    """
    Attributes:
        alias: What logs, metrics and people call it.

        master: Whether it opens everything.
    """

    alias: str
    master: bool = False

    def may_use(self, model: str) -> bool:
        """Whether it may ask for *model*."""
        return True


MASTER = Key(alias="master", master=True)
ANYONE = Key(alias="anyone", master=True)  # on a gateway without keys, which only this machine reaches


def digest(key: str) -> bytes:
    """Return the SHA-256 of *key*, which a header may have filled with anything."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


@define(eq=False)
class Access:
    """The keys of one gateway."""

    master: bytes | None = field(default=None, repr=False)

    def identify(self, given: str | None) -> Key:
        """
        Return the key whose text is *given*.

        Raises:
            Refusal: None was given, or an unknown one; which of them is not told.
        """
        if self.master is None:
            return ANYONE
        if given is not None and hmac.compare_digest(digest(given), self.master):
            return MASTER
        raise Refusal(401, "no valid key: give it as Authorization: Bearer … or x-api-key", "invalid_api_key")
