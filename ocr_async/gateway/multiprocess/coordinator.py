"""
What the workers of a gateway share, in the memory of the process that started them: limits of keys and deployments,
requests with an Idempotency-Key, and which of them does the batches. One process decides, so all of it is exact;
what a worker that died had taken is given back.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

from attrs import astuple, define, field

from ..access.control import Access, Demand, Key, Reservation, Spent
from ..access.sync import KeySync
from ..http_errors import HTTPError
from ..idempotency.in_flight import check_same
from .link import Link, LinkLost
from .permits import PermitTable, answered


__all__ = ["Coordinator", "Peer"]

_numbers = itertools.count(1)
_PATIENCE = 5.0  # seconds for a worker to look at changed keys


@define(eq=False)
class Peer:
    """
    A worker as the coordinator knows it.

    Attributes:
        number: Never used again.

        admitted: What it holds of limits, by its own numbers.

        serves: Whether it takes requests; else it is being replaced, or has not begun.
    """

    number: int = field(factory=lambda: next(_numbers))
    link: Link | None = None
    admitted: dict[int, tuple[AbstractContextManager[Any], Reservation | None]] = field(factory=dict)
    serves: bool = False


@define(eq=False)
class _Claim:
    fingerprint: str
    peer: Peer
    ended: asyncio.Future[HTTPError | None]


@define(eq=False)
class Coordinator:
    """
    Args:
        access: With the keys and what they spent.

        keys: Keeps both; None on a gateway without keys.
    """

    access: Access
    keys: KeySync | None
    peers: list[Peer] = field(factory=list)
    batches: Peer | None = None
    _permits: PermitTable = field(factory=PermitTable)
    _claims: dict[tuple[str, str], _Claim] = field(factory=dict)

    def serves(self, peer: Peer) -> Mapping[str, Callable[..., Any]]:
        """Return what *peer* may call."""
        return {
            "admit": lambda *facts: self._admit(peer, *facts),
            "count": lambda *facts: self._count(peer, *facts),
            "end": lambda number: self._end(peer, number),
            "charge": lambda *facts: self._charge(peer, *facts),
            "spent": self._spent,
            "lease": lambda asked: self._lease(peer, asked),
            "keys_changed": lambda: self._keys_changed(peer),
            "claim": lambda *facts: self._claim(peer, *facts),
            "give": lambda *facts: self._give(peer, *facts),
            "batches_look": self._batches_look,
            "batches_free": lambda: self._batches_free(peer),
        }

    def start(self, peer: Peer) -> None:
        """Count *peer* among those that take requests."""
        peer.serves = True
        if self.batches is None:
            self._give_batches()

    def retire(self, peer: Peer) -> None:
        """Give *peer*, which ends, nothing new; it says when others may do the batches."""
        peer.serves = False

    def lose(self, peer: Peer) -> None:
        """Give back what *peer* held of limits, which does not answer any more."""
        peer.serves = False
        for number in list(peer.admitted):
            self._end(peer, number)
        self._permits.forget(peer.number)

    def drop(self, peer: Peer) -> None:
        """Let others do what *peer* was doing, whose process has ended."""
        self.lose(peer)
        if peer in self.peers:
            self.peers.remove(peer)
        for place, claim in list(self._claims.items()):
            if claim.peer is peer:
                self._release(place, None)
        self._batches_free(peer)

    # --- limits of deployments --------------------------------------------------------------------------------------

    def _lease(self, peer: Peer, asked: list[dict[str, Any]]) -> Any:
        return answered(self._permits, peer.number, len(self.peers), asked)

    # --- limits of keys ---------------------------------------------------------------------------------------------

    def _admit(
        self, peer: Peer, number: int, key_id: str, model: str, pages: int | None, most: int, price: float | None
    ) -> Any:
        demand = Demand(pages=pages, most=most, price=price)

        def admit(key: Key) -> tuple[int, float]:
            block = self.access.admit(key, model, demand)
            reservation = block.__enter__()
            peer.admitted[number] = block, reservation
            return reservation.pages, reservation.usd

        return self._with_key(peer, number, key_id, admit)

    def _count(self, peer: Peer, number: int, key_id: str, price: float | None) -> Any:
        def count(key: Key) -> None:
            block = self.access.counting(key, price)
            block.__enter__()
            peer.admitted[number] = block, None

        return self._with_key(peer, number, key_id, count)

    def _with_key(self, peer: Peer, number: int, key_id: str, do: Callable[[Key], Any]) -> Any:
        """Return what *do* makes of the key, at once where it is known: the next message may take it back."""
        if (key := self.access.find(key_id)) is not None:
            return do(key)
        return self._with_new_key(peer, number, key_id, do)

    async def _with_new_key(self, peer: Peer, number: int, key_id: str, do: Callable[[Key], Any]) -> Any:
        peer.admitted[number] = nullcontext(), None
        if self.keys is not None:  # a worker has seen it first
            await self.keys.look()
        waits = peer.admitted.pop(number, None) is not None
        key = self.access.find(key_id)
        if key is None:
            raise HTTPError(401, "this key is revoked or has expired", "invalid_api_key")
        return do(key) if waits else None

    def _end(self, peer: Peer, number: int) -> None:
        if (held := peer.admitted.pop(number, None)) is not None:
            held[0].__exit__(None, None, None)

    def _charge(self, peer: Peer, number: int, key_id: str, alias: str, model: str, pages: int, usd: float) -> None:
        held = peer.admitted.get(number)
        if held is not None and held[1] is not None:
            held[1].charge(pages, usd)
            self._end(peer, number)
            return
        key = self.access.find(key_id) or Key(id=key_id, alias=alias)
        self.access.add(key, model, Spent(pages=pages, usd=usd))

    def _spent(self, key_ids: Iterable[str]) -> dict[str, tuple[Any, ...]]:
        keys = [self.access.find(key_id) or Key(id=key_id, alias="") for key_id in key_ids]
        return {key.id: astuple(self.access.spent(key)) for key in keys}

    async def _keys_changed(self, peer: Peer) -> None:
        if self.keys is not None:
            await self.keys.look()
        others = [other.link for other in self.peers if other is not peer and other.link is not None]
        await asyncio.gather(*map(_look_at_keys, others))

    # --- requests with an Idempotency-Key ---------------------------------------------------------------------------

    def _claim(self, peer: Peer, owner: str, key: str, fingerprint: str) -> Any:
        claim = self._claims.get((owner, key))
        if claim is not None:
            check_same(claim.fingerprint, fingerprint)
            return _until_ended(claim)
        ended = asyncio.get_running_loop().create_future()
        self._claims[owner, key] = _Claim(fingerprint, peer, ended)
        return True

    def _give(self, peer: Peer, owner: str, key: str, failure: Sequence[Any] | None) -> None:
        claim = self._claims.get((owner, key))
        if claim is not None and claim.peer is peer:
            self._release((owner, key), None if failure is None else HTTPError(*failure))

    def _release(self, place: tuple[str, str], error: HTTPError | None) -> None:
        self._claims.pop(place).ended.set_result(error)

    # --- batches ----------------------------------------------------------------------------------------------------

    def _give_batches(self) -> None:
        self.batches = next((peer for peer in self.peers if peer.serves and peer.link is not None), None)
        if self.batches is not None and self.batches.link is not None:
            self.batches.link.tell("run_batches")

    def _batches_look(self, cancelled: str | None) -> None:
        if self.batches is not None and self.batches.link is not None:
            self.batches.link.tell("batches_look", cancelled)

    def _batches_free(self, peer: Peer) -> None:
        if self.batches is peer:
            self._give_batches()


async def _until_ended(claim: _Claim) -> bool:
    if (error := await asyncio.shield(claim.ended)) is not None:
        raise error
    return False


async def _look_at_keys(link: Link) -> None:
    with suppress(LinkLost, TimeoutError, RuntimeError):  # it looks by itself every second
        async with asyncio.timeout(_PATIENCE):
            await link.call("look_at_keys")
