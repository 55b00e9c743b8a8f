"""
The port behind which processes share the limits of deployments; a part of `port.Storage`.

Nobody asks for each call: a process is given permits for about a second's calls, says of those to begin calls which it
did not use, and goes on holding those of calls at once as long as it needs them. What a process held that is gone is
free again; what it was given of a minute counts as used.

How long a deployment asked one of them to wait is told with it to all; in seconds, as their clocks differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import field, frozen


__all__ = ["GOOD_FOR", "KEPT", "SLOT", "Permits", "PermitsAsked", "PermitsGiven"]

GOOD_FOR = 1  # seconds in which a call may begin that has a permit to
KEPT = 60 + GOOD_FOR + 1  # seconds for which one counts, given at some time in its second: no minute has more
SLOT = 5  # seconds after which those with equal needs change places, where there are fewer permits than processes


@frozen(kw_only=True)
class PermitsAsked:
    """
    What a process says of one deployment.

    Attributes:
        deployment: The same in all processes.

        rpm: Calls that may begin in any minute; None, here and below, for no limit.

        starts: Calls that it would like to begin in the next second.

        unused: Of the permits to begin a call, how many it did not use, by the `PermitsGiven.second` of each.

        most: Calls at once.

        held: Permits for calls at once that it keeps.

        wanted: Those that it would like to have.

        pause: Seconds for which the deployment has asked it to wait, where the others may not know that yet.
    """

    deployment: str
    rpm: int | None = None
    starts: int = 0
    unused: Mapping[int, int] = field(factory=dict)
    most: int | None = None
    held: int = 0
    wanted: int = 0
    pause: float = 0.0

    @property
    def limited(self) -> bool:
        """Whether there is anything to be shared but pauses."""
        return not (self.rpm is None and self.most is None)


@frozen(kw_only=True)
class PermitsGiven:
    """
    Attributes:
        starts: Calls that may begin within `GOOD_FOR`, at most those that were asked for.

        second: In which these are counted.

        delay: Seconds until one more call may begin, where none may.

        held: Calls that it may have at once from now on.

        fair: Its part of them where all want more than there are; what it holds beyond is for others.

        pause: Seconds for which the deployment asked to wait, whichever process it was.
    """

    starts: int = 0
    second: int = 0
    delay: float = 0.0
    held: int = 0
    fair: int = 0
    pause: float = 0.0


class Permits(Protocol):
    """What is left of the limits of deployments."""

    async def lease(self, asked: Sequence[PermitsAsked]) -> tuple[int, Sequence[PermitsGiven]]:
        """
        Return how many processes share the limits, and what this one is given of each that it asked for.

        Raises:
            StorageUnavailable, ConnectionError: Nobody can tell.
        """
        ...
