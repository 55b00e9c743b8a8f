"""
What a provider can do besides reading: describe the text of pages by a schema (`annotate_with`).

A provider that has an `annotation` method is an `Annotator`; those of OpenAI's chat API are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from attrs import field, frozen

from ..models import OCRPage
from ..steps import Exchange


__all__ = ["Annotation", "AnnotationRequest", "Annotator"]


@frozen(kw_only=True)
class AnnotationRequest:
    """
    Pages that were read, and what is to be said of them.

    Attributes:
        model: The provider's own name of it.

        schema: Of the object that is wanted, as JSON schema.

        prompt: What to look for meanwhile; None where the schema says it all.

        check: Takes the JSON text of the object, and returns it as the caller's; raises `ResponseInvalid` if it is
            none, which is then asked for again as the retry rules permit.
    """

    model: str
    pages: tuple[OCRPage, ...] = field(repr=False)
    schema: Mapping[str, Any]
    prompt: str | None = None
    check: Callable[[str], Any]


@frozen(kw_only=True)
class Annotation:
    """
    Attributes:
        text: The object, as JSON text.

        parsed: What `AnnotationRequest.check` made of it.

        pages: Indexes of the pages that it was found on, ascending.

        model: As the provider reports it.

        usage: Tokens, by their names in OpenAI's API.
    """

    text: str = field(repr=False)
    parsed: Any = field(repr=False)
    pages: tuple[int, ...]
    model: str | None = None
    usage: Mapping[str, int] = field(factory=dict)


@runtime_checkable
class Annotator(Protocol):
    """A provider that can."""

    def annotation(self, request: AnnotationRequest) -> Exchange[Annotation]:
        """Describe *request*'s pages."""
        ...
