"""
Structured answers by a second step (`annotate_with`): what any model read is described by a chat model.

The document's annotation is then none of the reading's business, so that every provider can do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from attrs import evolve, field, frozen

from .. import pricing
from ..errors import ConfigurationError, DeadlineExceeded, OCRError
from ..models import OCRCost, OCRResponse, OCRUsageInfo
from ..providers.annotating import Annotation, AnnotationRequest, Annotator
from ..transport.patience import Patient
from .annotations import parsed, schema_of
from .candidate import Candidate
from .options import AnnotationFormat, Options
from .progress import EventEmitter
from .routing import Deployment
from .sending import Sending


__all__ = ["SecondStep", "without_annotation"]


def without_annotation(options: Options) -> Options:
    """
    Return *options* as the reading has them: the annotation is no part of it where `annotate_with` is set.

    Raises:
        ConfigurationError: There is nothing to annotate by.
    """
    if options.annotate_with is None:
        return options
    if options.document_annotation_format is None:
        raise ConfigurationError("annotate_with needs document_annotation_format: the schema or class to fill in")
    return evolve(options, document_annotation_format=None, document_annotation_prompt=None)


_OF_SENDING = ("attempt_timeout", "prices", "proxy", "retries")
_OF_ACCOUNT = ("api_key", "api_base", "extra_headers")


def _of_account(options: Options, annotator: Deployment | None) -> Options:
    """Return what of *options* finds an account: the others are for who reads."""
    if annotator is None:
        return Options(**{name: getattr(options, name) for name in _OF_ACCOUNT})
    return Options(**{name: value for name, value in annotator.options.items() if name in _OF_ACCOUNT})


@frozen
class SecondStep:
    """
    Who annotates, and by what form.

    Attributes:
        name: What events call it.

        own: Options that come before the call's, such as prices and a proxy.
    """

    candidate: Candidate
    name: str
    form: AnnotationFormat
    prompt: str | None
    own: Mapping[str, Any] = field(factory=dict, repr=False)

    @classmethod
    async def connect(
        cls, options: Options, first: Candidate | None, annotator: Deployment | None = None
    ) -> SecondStep | None:
        """
        Return the second step that *options* ask for; None where they ask for none.

        Args:
            first: The candidate that reads. Key, address and headers of the options are its provider's.

            annotator: Who annotates, with an account of its own, instead of the model that the options name.

        Raises:
            ConfigurationError: The model is no chat model, or has no key or address.
        """
        if options.annotate_with is None or options.document_annotation_format is None:
            return None
        schema_of(options.document_annotation_format)  # what is wrong with it is told before anything is read
        model = options.annotate_with if annotator is None else annotator.model
        first = first if annotator is None else None
        candidate = await Candidate.connect(model, _of_account(options, annotator), first)
        if not isinstance(candidate.provider, Annotator):
            raise ConfigurationError(
                f'"{model}" cannot annotate: name a chat model, such as openai_compatible/…, hosted_vllm/… or ollama/…'
            )
        found = cls(candidate, candidate.named, options.document_annotation_format, options.document_annotation_prompt)
        if annotator is None:
            return found
        own = {name: value for name, value in annotator.options.items() if name in _OF_SENDING}
        return evolve(found, name=annotator.name, own=own)

    async def annotated(
        self,
        response: OCRResponse,
        options: Options,
        deadline: float,
        emit: EventEmitter,
        patient: Patient | None = None,
    ) -> OCRResponse:
        """
        Return *response* with the annotation of its pages, and with what that cost.

        Raises:
            OCRError: The model gave none; with ``on_error="partial"`` the pages come without it.
        """
        if not response.pages:
            return response
        emit.model = self.name
        options = evolve(options, **self.own)
        sending = Sending(self.candidate, options, deadline, emit, patient)
        request = AnnotationRequest(
            model=self.candidate.model,
            pages=response.pages,
            schema=schema_of(self.form),
            prompt=self.prompt,
            check=lambda text: parsed(self.form, text),
        )
        try:
            found = await sending.run(cast("Annotator", self.candidate.provider).annotation(request))
        except (ConfigurationError, DeadlineExceeded):
            raise
        except OCRError as error:
            if options.on_error == "raise":
                raise
            why = f"{type(error).__name__}: {error}"
            return evolve(
                response,
                attempts=response.attempts + sending.tally.attempts,
                extra={**response.extra, "document_annotation_error": why},
                cost=None,  # it may be billed all the same
            )
        return evolve(
            response,
            document_annotation=found.text,
            parsed=found.parsed,
            cost=_sum(response.cost, self._cost(found, len(response.pages), options)),
            usage_info=_with_tokens(response.usage_info, found),
            extra={**response.extra, "document_annotation_pages": list(found.pages)},
            attempts=response.attempts + sending.tally.attempts,
        )

    def _cost(self, found: Annotation, pages: int, options: Options) -> OCRCost | None:
        used = OCRUsageInfo(pages_processed=pages, extra=found.usage)
        models = [name for name in (found.model, self.candidate.model) if name is not None]
        return pricing.cost(self.candidate.provider.name, models, used, prices=options.prices)


def _sum(one: OCRCost | None, other: OCRCost | None) -> OCRCost | None:
    """Of two costs, one of which nobody knows, nobody knows the sum."""
    if one is None or other is None:
        return None
    generation = round(one.generation + other.generation, 9)
    return evolve(one, generation=generation, total=round(one.total + other.total, 9))


def _with_tokens(usage: OCRUsageInfo, found: Annotation) -> OCRUsageInfo:
    """Return *usage* with the tokens of the annotation, apart from those of a vision model that read the pages."""
    return evolve(usage, extra={**usage.extra, **{f"annotation_{name}": count for name, count in found.usage.items()}})
