"""
Permits of deployments for the workers of a gateway without a database: in the memory of their coordinator. The same
arithmetic as in PostgreSQL, for which ``tests/gateway/storage/test_permits.py`` asks both.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from attrs import asdict, astuple, define, field, fields, frozen

from ..storage.permits import KEPT, SLOT, PermitsAsked, PermitsGiven
from .link import Link


__all__ = ["CoordinatedPermits", "PermitTable", "answered"]


@define(eq=False)
class _Deployment:
    counts: dict[int, int] = field(factory=dict)  # permits to begin a call, by the second in which they were given
    shares: dict[int, tuple[int, int]] = field(factory=dict)  # permits for calls at once that each has, and wants
    paused_until: float = 0.0


@define(eq=False)
class PermitTable:
    """All that workers were given; they are known by their numbers."""

    clock: Callable[[], float] = time.monotonic
    _deployments: dict[str, _Deployment] = field(factory=dict)

    def lease(self, worker: int, one: PermitsAsked) -> PermitsGiven:
        """See `storage.permits.Permits.lease`."""
        found = self._deployments.setdefault(one.deployment, _Deployment())
        now = self.clock()
        starts = held = fair = 0
        delay = 0.0
        if one.rpm is not None:
            starts, delay = _starts(found.counts, one, now)
        if one.most is not None:
            found.shares.pop(worker, None)
            fair = _fair_share(found.shares, worker, one.most, one.wanted, int(now) // SLOT)
            others = sum(share[0] for share in found.shares.values())
            held = one.held + max(0, min(fair - one.held, one.most - one.held - others))
            if held or one.wanted:
                found.shares[worker] = held, one.wanted
        found.paused_until = max(found.paused_until, now + one.pause)
        pause = found.paused_until - now
        return PermitsGiven(starts=starts, second=int(now), delay=delay, held=held, fair=fair, pause=pause)

    def forget(self, worker: int) -> None:
        """Give to others what *worker* held."""
        for deployment in self._deployments.values():
            deployment.shares.pop(worker, None)


def _starts(counts: dict[int, int], one: PermitsAsked, now: float) -> tuple[int, float]:
    """Return how many calls may begin, counted in; and the seconds until one may where none may."""
    assert one.rpm is not None, "else they are not counted"
    for second, unused in one.unused.items():
        if second in counts:
            counts[second] = max(counts[second] - unused, 0)
    for second in [second for second, count in counts.items() if second <= int(now) - KEPT or not count]:
        del counts[second]
    used = sum(counts.values())
    if not one.starts or (starts := min(one.starts, one.rpm - used)) <= 0:
        delay = 0.0
        for second in sorted(counts) if one.starts else ():
            delay = second + KEPT - now
            used -= counts[second]
            if used < one.rpm:
                break
        return 0, delay
    counts[int(now)] = counts.get(int(now), 0) + starts
    return starts, 0.0


def _fair_share(shares: dict[int, tuple[int, int]], me: int, most: int, wanted: int, slot: int) -> int:
    wants = [(worker, wish) for worker, (_, wish) in shares.items() if wish] + [(me, wanted)] * (wanted > 0)
    many = -(-most // len(wants)) if wants else 0
    room = most
    for place, (worker, wish) in enumerate(sorted(wants, key=lambda want: (min(want[1], many), hash((want[0], slot))))):
        part = min(wish, room // (len(wants) - place))
        if worker == me:
            return part
        room -= part
    return 0


@frozen(eq=False)
class CoordinatedPermits:
    """See `storage.permits.Permits`; of one worker, which asks the coordinator."""

    link: Link

    async def lease(self, asked: Sequence[PermitsAsked]) -> tuple[int, Sequence[PermitsGiven]]:
        processes, given = await self.link.call("lease", [asdict(one) for one in asked])
        names = [one.name for one in fields(PermitsGiven)]
        return processes, [PermitsGiven(**dict(zip(names, facts, strict=True))) for facts in given]


def answered(table: PermitTable, worker: int, processes: int, asked: list[dict[str, Any]]) -> Any:
    """Return what `CoordinatedPermits` is told."""
    for one in asked:
        one["unused"] = {int(second): count for second, count in one["unused"].items()}
    return processes, [astuple(table.lease(worker, PermitsAsked(**one))) for one in asked]
