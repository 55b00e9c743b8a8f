"""
One recogniser for several processes: its networks are in memory once, and each core reads one page.

The process that starts the others lends it out over its links to them. They draw pages in parsers of their own and send
their pictures: the descriptors of shared memory, no bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._ipc import values
from ...steps import Compute
from ...transport import workers
from .link import Link


__all__ = ["borrow", "lend", "recognised"]


async def lend(task: str, arguments: Mapping[str, Any], seconds: float) -> Any:
    """Do what another process asks of the running loop's recogniser."""
    return await workers.run(Compute(task=task, arguments=arguments, seconds=seconds, worker="recogniser"))


async def recognised(link: Link, step: Compute, arguments: Mapping[str, Any]) -> Any:
    """
    Return what *step* gives at the other end of *link*, of which *arguments* are computed already.

    Raises:
        OCRError: As `workers.run`.
    """
    given = await link.call("recognise", step.task, dict(arguments), step.seconds, stops=True)
    return values.answer(step.task)(given)


async def borrow(link: Link, *, parsers: int) -> None:
    """
    Have the running loop use the recogniser at the other end of *link*, and no more than so many *parsers*.

    To be called before anything is read.
    """
    await workers.use(lambda step, arguments: recognised(link, step, arguments), parsers=parsers)
