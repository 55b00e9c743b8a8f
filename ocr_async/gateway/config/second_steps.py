"""What becomes of a model's pages after it read them: who reads the bad ones again, and who annotates."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import frozen

from ...errors import ConfigurationError
from . import values
from .yaml import Section


__all__ = ["SecondSteps", "check", "take"]

_NAMES = ("escalate_to", "min_confidence", "annotate_with")


@frozen(kw_only=True)
class SecondSteps:
    """
    Attributes:
        escalate_to: Who is asked of pages that the model read badly: a model name, or ``provider/model`` with an
            account of the environment.

        min_confidence: Below which a page is one of them.

        annotate_with: The chat model that annotates what was read; named in the same way.
    """

    escalate_to: str | None = None
    min_confidence: float | None = None
    annotate_with: str | None = None


def take(params: Section) -> SecondSteps:
    """Take a deployment's second steps out of *params*."""
    found = SecondSteps(
        escalate_to=params.take("escalate_to", values.text),
        min_confidence=params.take("min_confidence", values.number(0, 1)),
        annotate_with=params.take("annotate_with", values.text),
    )
    if found.min_confidence is not None and found.escalate_to is None:
        params.wrong("says nothing without escalate_to", "min_confidence")
    return found


def check(
    taken: Mapping[str, list[tuple[SecondSteps, Section]]], names: set[str], connect: Callable[[str], object]
) -> dict[str, SecondSteps]:
    """
    Return the second steps of each model name that has some.

    Args:
        taken: By model name, what its deployments say, and where.

        names: All that may be asked for.

        connect: Raises ConfigurationError for a model that cannot be asked with an account of the environment.
    """
    found: dict[str, SecondSteps] = {}
    for name, deployments in taken.items():
        first, section = deployments[0]
        for other, place in deployments[1:]:
            if other != first:
                place.wrong(f'all entries of "{name}" say the same of {", ".join(_NAMES)}')
        for option in ("escalate_to", "annotate_with"):
            model = getattr(first, option)
            if model == name:
                section.wrong("is the model itself", option)
            elif model is not None and model not in names:
                try:
                    connect(model)
                except ConfigurationError as error:
                    section.wrong(f'"{model}" is no model_name, and {error}', option)
        if first.escalate_to is not None or first.annotate_with is not None:
            found[name] = first
    return found
