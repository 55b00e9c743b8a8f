"""A bulk job that machines share by leases in its bucket: whether they may, and who began it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import anyio
from attrs import define

from ...bulk.sharing.leases import Leases
from ...bulk.sharing.results import Shared
from ...bulk.sharing.sharing import Sharing
from ...bulk.store.conditional import Conditional
from ...bulk.store.objects import Objects
from ...bulk.store.port import Store
from ...errors import ConfigurationError
from .job import Job


__all__ = ["SharedJob"]

_SHORTEST = 1.0  # seconds of a lease, as stores give times in whole ones


@define(eq=False)
class SharedJob:
    """
    The job, as one process joins it.

    Attributes:
        again: States in which documents are read again.
    """

    job: Job
    objects: Objects
    leases: Leases
    settings: Mapping[str, Any]
    again: frozenset[str]
    _joined: bool

    @classmethod
    def of(cls, job: Job, settings: Mapping[str, Any], seconds: float, again: Sequence[str] = ()) -> Self:
        """
        Return the job, once its bucket has shown that it can be shared.

        Raises:
            ConfigurationError: It cannot, or machines share it with other settings.
        """
        if not isinstance(job.out, Objects):
            raise ConfigurationError("--lease needs --out in a bucket; divide a job in a folder by --shard")
        if seconds < _SHORTEST:
            raise ConfigurationError(f"--lease-seconds takes {_SHORTEST:g} or more, and not {seconds:g}")
        leases = Leases(Conditional(job.out), seconds)
        anyio.run(leases.require)
        joined = anyio.run(leases.joined, settings)
        return cls(job, job.out, leases, settings, frozenset(again), joined)

    def joined(self) -> bool:
        """Whether another run has begun it, so that what lies there is the job's own. Blocks."""
        self._joined = self._joined or anyio.run(self.leases.joined, self.settings)
        return self._joined

    def begin(self) -> None:
        """Tell other machines that nothing of somebody else's was in the way. Blocks."""
        if not self._joined:
            anyio.run(self.leases.begin, self.settings)
            self._joined = True

    def run(self, copies: Path) -> Sharing:
        """Return what one run has to do with the others."""
        return Sharing(self.leases, self.job.places, copies, self.again)

    def results(self, sharing: Sharing) -> Store:
        """Return where that run writes."""
        return Shared(self.objects.bucket, self.objects.prefix, sharing=sharing)
