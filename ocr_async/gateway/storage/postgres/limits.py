"""
What requests came to, and what new ones hold back, told to the database for all of this gateway's requests together.

One call is on its way at a time (``settle_and_reserve`` of the migrations); whoever comes meanwhile goes with the next,
so that a thousand requests a second cost the database some hundred statements. Charges have a number, under which the
database adds each once: after a lost connection they are sent again, and what is held is told anew.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from contextlib import suppress
from typing import Any

from attrs import define, field, frozen

from ...operating.log import event
from ...periods import day_of
from ..accounts import Charge, Demand, Key, KeyGone, Reservation, Spent, Standing
from ..failures import StorageUnavailable
from .connection import Database
from .process import Process


__all__ = ["Ledger"]

_LOG = logging.getLogger("ocr_async.gateway")

_MOST = 500  # charges and requests, each, in one call
_CALL = "SELECT * FROM ocr_async.settle_and_reserve($1, $2, $3, $4, $5)"


@frozen
class _Entry:
    """What a request came to, and what it held."""

    key: Key
    reservation: Reservation | None
    charge: Charge | None

    def row(self) -> dict[str, Any]:
        held, charge = self.reservation, self.charge
        return {
            "key": self.key.id,
            "alias": self.key.alias,
            "model": "" if charge is None else charge.model,
            "day": "" if charge is None else day_of(charge.at),
            "requests": int(charge is not None),
            "pages": 0 if charge is None else charge.pages,
            "usd": 0.0 if charge is None else charge.usd,
            "held": int(held is not None),
            "held_pages": 0 if held is None else held.pages,
            "held_usd": 0.0 if held is None else held.usd,
            "second": 0 if held is None else int(held.at),
            "rate": 0 if held is None else held.rate,
        }


@frozen(eq=False)
class _Ask:
    key: Key
    demand: Demand
    counted: bool
    answer: asyncio.Future[Reservation | Standing | None]  # None: the key is gone

    def row(self, number: int) -> dict[str, Any]:
        pages, most, price = self.demand.pages, self.demand.most, self.demand.price
        return {
            "n": number, "key": self.key.id, "pages": pages, "most": most, "price": price, "counted": self.counted,
        }  # fmt: skip


@define(eq=False)
class Ledger:
    """See `storage.accounts.SharedLimits`."""

    database: Database
    process: Process
    _asks: deque[_Ask] = field(factory=deque, init=False)
    _entries: deque[_Entry] = field(factory=deque, init=False)
    _sending: list[_Entry] = field(factory=list, init=False)  # that may have been added, under the last number
    _number: int = field(default=0, init=False)
    _held: dict[str, list[float]] = field(factory=dict, init=False)  # pages, dollars and requests by key
    _known: bool = field(default=True, init=False)  # whether the database knows what is held
    _as: Any = field(default=None, init=False)  # the process under which it knows that
    _task: asyncio.Task[None] | None = field(default=None, init=False)
    _ended: asyncio.Future[None] | None = field(default=None, init=False)  # of those who wait for the end of a call
    _added: int = field(default=0, init=False)  # entries ever, and those of them that the database has
    _confirmed: int = field(default=0, init=False)

    async def reserve(self, key: Key, demand: Demand, *, only_counted: bool = False) -> Reservation | Standing:
        ask = _Ask(key, demand, only_counted, asyncio.get_running_loop().create_future())
        self._asks.append(ask)
        self._go()
        try:
            found = await asyncio.shield(ask.answer)
        except asyncio.CancelledError:
            ask.answer.add_done_callback(lambda answer: self._give_back(key, answer))
            raise
        if found is None:
            raise KeyGone
        return found

    def _give_back(self, key: Key, answer: asyncio.Future[Reservation | Standing | None]) -> None:
        if not answer.cancelled() and answer.exception() is None and isinstance(held := answer.result(), Reservation):
            self.give_back(key, held)

    async def settle(self, key: Key, reservation: Reservation, charge: Charge | None) -> None:
        self._add(_Entry(key, reservation, charge))
        await self.flushed()

    def give_back(self, key: Key, reservation: Reservation) -> None:
        self._add(_Entry(key, reservation, None))

    def record(self, charge: Charge) -> None:
        """Have *charge*, of a request that held nothing, added with the next call."""
        self._add(_Entry(charge.key, None, charge))

    def _add(self, entry: _Entry) -> None:
        self._entries.append(entry)
        self._added += 1
        self._go()

    @property
    def unsettled(self) -> list[Charge]:
        """What the database may not know yet."""
        return [entry.charge for entry in (*self._sending, *self._entries) if entry.charge is not None]

    async def flushed(self) -> None:
        """Wait until the database has all that there is to tell now, or cannot be told."""
        last = self._added
        while self._confirmed < last:
            self._go()
            if self._ended is None:
                self._ended = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._ended)
            if not self._known:
                return  # it is kept in mind, and told when the database is back

    async def close(self) -> None:
        """Tell what there is to tell, once."""
        await self.flushed()
        if self._task is not None:
            await asyncio.wait([self._task])
        if left := self.unsettled:
            event(_LOG, logging.ERROR, "spend_lost", requests=len(left), pages=sum(charge.pages for charge in left))

    # --- one call after the other -----------------------------------------------------------------------------------

    def _go(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._asks or self._entries or self._sending:
            asks = [self._asks.popleft() for _ in range(min(_MOST, len(self._asks)))]
            try:
                await self._call(asks)
            except Exception as error:  # noqa: BLE001 - those who ask get it, and a charge is told again
                self._known = False
                failed = error if isinstance(error, StorageUnavailable) else StorageUnavailable(type(error).__name__)
                event(_LOG, logging.ERROR, "limits_unavailable", error_type=type(error).__name__)
                for ask in [ask for ask in asks if not ask.answer.done()]:
                    ask.answer.set_exception(failed)
                    ask.answer.exception()  # that nobody waits for it any more is no mistake
                if not self._asks:
                    return  # until somebody comes, at the latest the next look at the keys
            finally:
                ended, self._ended = self._ended, None
                if ended is not None:
                    ended.set_result(None)

    async def _call(self, asks: list[_Ask]) -> None:
        if not self._sending and self._entries:
            self._sending = [self._entries.popleft() for _ in range(min(_MOST, len(self._entries)))]
            self._number += 1
            for entry in self._sending:
                if entry.reservation is not None:
                    self._hold(entry.key, entry.reservation, -1)
        me = self.process.id
        if me != self._as:
            self._known = self._as is None
            self._as = me
        held = None if self._known else json.dumps([
            {"key": key, "pages": int(pages), "usd": usd, "in_flight": int(count)}
            for key, (pages, usd, count) in self._held.items() if count
        ])  # fmt: skip
        rows = await self.database.change(
            _CALL,
            me,
            self._number,
            json.dumps([entry.row() for entry in self._sending]),
            json.dumps([ask.row(number) for number, ask in enumerate(asks)]),
            held,
        )
        self._confirmed += len(self._sending)
        self._sending, self._known = [], True
        for row in rows:
            ask = asks[row["n"]]
            answer = _answer(row)
            if isinstance(answer, Reservation):
                self._hold(ask.key, answer, 1)
            ask.answer.set_result(answer)

    def _hold(self, key: Key, reservation: Reservation, sign: int) -> None:
        held = self._held.setdefault(key.id, [0, 0.0, 0])
        held[0] += sign * reservation.pages
        held[1] += sign * reservation.usd
        held[2] += sign
        if not held[2]:
            with suppress(KeyError):
                del self._held[key.id]


def _answer(row: Any) -> Reservation | Standing | None:
    if not row["known"]:
        return None
    if row["granted"]:
        return Reservation(pages=row["pages"], usd=row["usd"], at=float(row["at"]), rate=row["rate"])
    return Standing(
        spent=Spent(pages=row["spent_pages"], usd=row["spent_usd"]),
        held=Spent(pages=row["held_pages"], usd=row["held_usd"]),
        in_flight=row["in_flight"],
        request_delay=row["request_delay"],
        page_delay=row["page_delay"],
    )
