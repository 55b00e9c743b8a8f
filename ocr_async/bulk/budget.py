"""What a job spends, and what it may: looked at before anything is paid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import define, field

from ..errors import ConfigurationError
from .pausing import Paused


__all__ = ["Budget"]

_ROUNDING = 1e-9  # of sums of prices


@define(eq=False)
class Budget:
    """
    US dollars of one job, over all its runs.

    Attributes:
        most: That it may cost; None for any sum.

        model: What they are paid for.
    """

    most: float | None
    model: str | None
    spent: float = 0.0
    _reserved: dict[int, float] = field(factory=dict)  # for what is under way, by item

    def allow(self, price: float | None) -> None:
        """
        Look whether something of *price* may be begun.

        Raises:
            Paused: It may not.
            ConfigurationError: There is a limit, and nobody knows the price.
        """
        if self.most is None:
            return
        if price is None:
            raise ConfigurationError(f'--max-cost cannot be kept: the price of "{self.model}" is unknown')
        spent = self.spent + sum(self._reserved.values())
        if spent + price > self.most + _ROUNDING:
            raise Paused(f"{spent:.4f} USD are spent or under way, and the next document would pass --max-cost")

    @contextmanager
    def reserved(self, item: int, price: float | None) -> Iterator[None]:
        """Keep *price* for *item* within the block."""
        self._reserved[item] = price or 0.0
        try:
            yield
        finally:
            self._reserved.pop(item, None)

    def pay(self, item: int, cost: float | None) -> None:
        """Count what a part of an item cost."""
        self.spent += cost or 0.0
        if item in self._reserved:
            self._reserved[item] = max(self._reserved[item] - (cost or 0.0), 0.0)
