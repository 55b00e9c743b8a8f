"""How many calls are being worked on: of this process, and of all that serve with it."""

from __future__ import annotations

from attrs import define


__all__ = ["Load"]


@define(eq=False)
class Load:
    """
    The calls of a process that serves alone.

    Attributes:
        begun: Ever taken in.

        working: Those of them being worked on or waiting for their turn.
    """

    begun: int = 0
    working: int = 0

    @property
    def of_all(self) -> int:
        """Calls being worked on by all processes of the gateway."""
        return self.working

    def begin(self) -> None:
        """Count a call in."""
        self.begun += 1
        self.working += 1

    def end(self) -> None:
        """Count it out."""
        self.working -= 1
