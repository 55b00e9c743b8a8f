"""
The port behind which keys, what they spent, and what is held back of their limits are kept; a part of `port.Storage`.

Keys are known by the SHA-256 of their text alone. Where several gateways share a storage, their limits are in it, too
(`SharedLimits`); the one gateway of a local storage has them in its memory (`access.control`).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from attrs import define, field, frozen

from ...errors import ConfigurationError
from ..periods import Period


__all__ = [
    "Accounts",
    "AliasTaken",
    "Charge",
    "Demand",
    "Key",
    "KeyGone",
    "Reservation",
    "SharedLimits",
    "SpendRow",
    "Spent",
    "Standing",
    "digest",
    "new_text",
]


class AliasTaken(ConfigurationError):
    """Another key in use has the alias."""

    @classmethod
    def by_another(cls, alias: str | None) -> AliasTaken:
        """Return the refusal of *alias*."""
        return cls(f'there is a key "{alias}" already; revoke it first, or name another')


class KeyGone(Exception):
    """There is no such key in use."""


@frozen(kw_only=True)
class Key:
    """
    Attributes:
        id: Never used again; what belongs to a key belongs to its id.

        alias: What logs, metrics and people call it.

        digest: SHA-256 of its text.

        tail: The last characters of its text, for people to tell it by.

        master: Whether it opens everything.

        models: That it may ask for; None: all.

        rpm: Requests started in any minute; None, here and below, for no limit.

        pages_per_minute: Pages asked for in any minute.

        max_concurrency: Requests at once.

        budget_pages: Pages in all, or in each period.

        budget_usd: US dollars in all, or in each period.

        budget_period: After which both budgets are whole again; None: never.

        expires: Seconds since 1970.

        created: The same.
    """

    id: str
    alias: str
    digest: bytes = field(default=b"", repr=False)
    tail: str = ""
    master: bool = False
    models: tuple[str, ...] | None = None
    rpm: int | None = None
    pages_per_minute: int | None = None
    max_concurrency: int | None = None
    budget_pages: int | None = None
    budget_usd: float | None = None
    budget_period: Period | None = None
    expires: float | None = None
    created: float = 0.0

    @classmethod
    def of_row(cls, key_id: str, known: bytes, alias: str, tail: str, facts: str, created: float) -> Key:
        """Return the key that a database has so, its limits as JSON without those that are None."""
        limits = json.loads(facts)
        if "models" in limits:
            limits["models"] = tuple(limits["models"])
        return cls(id=key_id, digest=known, alias=alias, tail=tail, created=created, **limits)

    def may_use(self, model: str) -> bool:
        """Whether it may ask for *model*."""
        return self.models is None or model in self.models

    @property
    def counts_pages(self) -> bool:
        """Whether it matters how many pages a document has."""
        return not (self.budget_pages is None and self.budget_usd is None and self.pages_per_minute is None)

    @property
    def limited(self) -> bool:
        """Whether anything but its models and its end limits it."""
        return self.counts_pages or not (self.rpm is None and self.max_concurrency is None)


def new_text() -> str:
    """Return the text of a new key."""
    return f"sk-oa-{secrets.token_urlsafe(32)}"


def digest(key: str) -> bytes:
    """Return the SHA-256 of *key*, an Idempotency-Key too, which a header may have filled with anything."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


# --- what is spent ------------------------------------------------------------------------------------------------


@define(kw_only=True)
class Spent:
    """Pages and US dollars."""

    pages: int = 0
    usd: float = 0.0


@frozen(kw_only=True)
class Charge:
    """
    What one request adds to the spend of its key.

    Attributes:
        at: Seconds since 1970.
    """

    key: Key
    model: str
    pages: int
    usd: float
    at: float


@frozen
class SpendRow:
    """
    What one key spent on one model in one day.

    Attributes:
        day: In UTC, as in ``2026-11-20``.
    """

    key_id: str
    alias: str
    model: str
    day: str
    requests: int
    pages: int
    usd: float


# --- limits -------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Demand:
    """
    What a request may come to.

    Attributes:
        pages: It asks for; None: nobody can tell before it was served.

        most: Pages that it may have where `pages` is None.

        price: US dollars for a page, at most; None: the answer will say.
    """

    pages: int | None = 1
    most: int = 1
    price: float | None = 0.0


@define(kw_only=True, eq=False)
class Reservation:
    """
    What is held back of the limits of a key for one request.

    Attributes:
        pages: Of the budget in pages and, at the demand's price, of the one in money.

        at: When it was made, on the clock of the limits.

        rate: Pages of the minute.

        charged: What the request came to; None: nothing.
    """

    pages: int
    usd: float
    at: float
    rate: int
    charged: Spent | None = None

    def charge(self, pages: int, usd: float | None) -> None:
        """Say what the request came to, delivered or not; it is added to the spend at the end of the block."""
        self.charged = Spent(pages=pages, usd=usd or 0.0)


@frozen(kw_only=True)
class Standing:
    """
    How much of its limits a key is using.

    Attributes:
        spent: In its present period, or ever.

        held: Back for the requests in flight.

        request_delay: Seconds until one more request may begin by `Key.rpm`.

        page_delay: Seconds until the pages asked for may, by `Key.pages_per_minute`.
    """

    spent: Spent
    held: Spent
    in_flight: int
    request_delay: float = 0.0
    page_delay: float = 0.0


class SharedLimits(Protocol):
    """What is held back of the limits of keys, for all gateways of a storage together."""

    async def reserve(self, key: Key, demand: Demand, *, only_counted: bool = False) -> Reservation | Standing:
        """
        Hold back what *demand* may come to; return where *key* stands if a limit is in the way.

        Args:
            only_counted: Count a request among those at once, and hold back nothing.

        Raises:
            KeyGone: *key* is no longer in use.

            StorageUnavailable: Nobody can tell.
        """
        ...

    async def settle(self, key: Key, reservation: Reservation, charge: Charge | None) -> None:
        """
        Give back what was held, and add *charge* to what was spent.

        It is done even if the caller stops waiting for it, and while the storage is out of reach it is kept in mind.
        """
        ...

    def give_back(self, key: Key, reservation: Reservation) -> None:
        """Give back what was held, together with what is asked next."""
        ...


# --- all ----------------------------------------------------------------------------------------------------------


class Accounts(Protocol):
    """Keys and what they spent. What changes a key raises `StorageUnavailable` if it could not be done."""

    @property
    def limits(self) -> SharedLimits | None:
        """Limits that other gateways share; None where this gateway is the only one."""
        ...

    async def create(self, alias: str, now: float, **facts: Any) -> tuple[str, Key]:
        """
        Make a key; return its text, which is told this once, and the key.

        Args:
            facts: The limits of `Key`.

        Raises:
            AliasTaken: A key in use has this alias.
        """
        ...

    async def update(self, key_id: str, alias: str | None, **facts: Any) -> Key:
        """
        Give a key another alias, or other limits; those not named stay as they are. Return it as it is then.

        Raises:
            AliasTaken: Another key in use has this alias.

            KeyGone: There is no key of this id in use.
        """
        ...

    async def revoke(self, key_ids: Sequence[str], now: float) -> None:
        """Make keys useless; those that are so already stay so."""
        ...

    async def find(
        self, *, key_id: str | None = None, digest: bytes | None = None, alias: str | None = None
    ) -> Key | None:
        """Return the key in use of this id; if there is none, of this digest; else of this alias."""
        ...

    async def in_use(self) -> list[Key]:
        """Return the keys in use, in the order in which they were made."""
        ...

    async def select(self, first: int, count: int) -> tuple[int, list[Key]]:
        """Return how many there are, and at most *count* of them without the first *first*."""
        ...

    async def spend(self) -> list[SpendRow]:
        """Return what was spent, by key, model and day."""
        ...

    async def totals(self, keys: Iterable[Key], now: float) -> Mapping[str, Spent]:
        """Return by its id what each of *keys* spent in the period that it is in at *now*, or in all without one."""
        ...

    async def replace_secret(self) -> None:
        """Sign addresses of files with another secret from now on, which makes all that there are useless."""
        ...

    # --- while a gateway runs ---------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take up what a process that was killed had not written down yet; before the first `record`."""
        ...

    def record(self, charge: Charge) -> None:
        """Have *charge* added to what was spent; a kill does not undo it, once `settled` has returned."""
        ...

    async def settled(self) -> None:
        """Wait until what was recorded outlives this process."""
        ...

    async def look(self) -> tuple[list[Key], Mapping[str, Spent]] | None:
        """
        Write down what was spent; return the keys in use and their `totals`, None if they are as at the last look.

        Raises:
            StorageUnavailable, sqlite3.Error, OSError: It could not be done; what was spent stays in mind.
        """
        ...
