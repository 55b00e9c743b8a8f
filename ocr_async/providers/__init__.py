"""
What a provider is, and how a model's name finds one.

A provider is a frozen attrs class without I/O: its `exchange` yields the steps of `ocr_async.steps` and returns the
response, so a new one is a file here, or a package that names its class in the entry-point group
``ocr_async.providers`` (docs/how-to/write-a-provider.md).

May import values, pure logic and the engine's, never `transport`: they meet in `call`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from attrs import frozen

from .._platform.forks import loading
from ..errors import ConfigurationError
from ..models import Dialect, OCRRequest, OCRResponse
from ..steps import Exchange
from ..wording import closest


if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = [
    "LAYOUT_OPTIONS",
    "BatchLimits",
    "Facts",
    "PagePictures",
    "Provider",
    "at_hand",
    "fakes",
    "names",
    "provider_class",
    "resolve",
    "with_batches",
]

_BUILT_IN = {
    "aws_textract": "ocr_async.providers.aws:Textract",
    "azure_ai": "ocr_async.providers.azure:AzureAI",
    "cohere": "ocr_async.providers.cohere:Cohere",
    "datalab": "ocr_async.providers.datalab:Datalab",
    "docling": "ocr_async.providers.docling:Docling",
    "gemini": "ocr_async.providers.gemini:Gemini",
    "google_document_ai": "ocr_async.providers.google.document_ai:DocumentAI",
    "hosted_vllm": "ocr_async.providers.chat:HostedVLLM",
    "landingai": "ocr_async.providers.landingai:LandingAI",
    "litellm_proxy": "ocr_async.providers.litellm_proxy:LiteLLMProxy",
    "llamaparse": "ocr_async.providers.llamaparse:LlamaParse",
    "local": "ocr_async.providers.local:Local",
    "mistral": "ocr_async.providers.mistral:Mistral",
    "ollama": "ocr_async.providers.chat:Ollama",
    "openai_compatible": "ocr_async.providers.chat:OpenAICompatible",
    "opper": "ocr_async.providers.opper:Opper",
    "reducto": "ocr_async.providers.reducto:Reducto",
    "unstructured": "ocr_async.providers.unstructured:Unstructured",
    "upstage": "ocr_async.providers.upstage:Upstage",
    "vertex_ai": "ocr_async.providers.google.vertex:VertexAI",
}


LAYOUT_OPTIONS = frozenset(
    {"image_limit", "image_min_size", "table_format", "extract_header", "extract_footer", "include_blocks"}
)
"""What can be asked of all who tell where things stand on a page."""


@frozen(kw_only=True, eq=False, repr=False)
class PagePictures:
    """
    How the pages of a document are drawn for a service that takes one picture at a time.

    Attributes:
        mime: Of the pictures; one that would have more than `Facts.max_bytes` is drawn as a JPEG, and then smaller.

        accepts: Types of picture files that go to the service as they are.

        longest_side: Pixels; a larger page is drawn smaller. None draws at the engine's 200 dots an inch.
    """

    mime: Literal["image/png", "image/jpeg"] = "image/png"
    accepts: frozenset[str] = frozenset({"image/png", "image/jpeg"})
    longest_side: int | None = None


@frozen(kw_only=True, eq=False, repr=False)
class BatchLimits:
    """
    What one batch job of a service may have.

    Attributes:
        requests: Most of them.

        hours: Most that it may be given.
    """

    requests: int
    hours: int


@frozen(kw_only=True, eq=False, repr=False)
class Facts:
    """
    What `call` has to know of a provider to prepare a document and plan its page batches.

    They may differ from model to model: `Provider.connect` is given the model's name.

    Attributes:
        options: Names of the `OCRRequest` options that it honours; the others are refused before anything is sent.

        models: Names that it is known to serve, without the provider's prefix; for people, not a limit.

        takes_urls: False where a document URL has to be downloaded here first.

        takes_file_ids: Whether it keeps uploaded files.

        max_pages: Most pages of one request; None for no limit.

        contiguous: Whether the pages of one request have to follow each other, so that others are asked in runs.

        selects_pages: Whether it can be asked for some of a document's pages; for one that cannot, a PDF is cut first,
            where the engine is installed, so that no others are read and paid for.

        stops_early: Whether it may read fewer pages than there are without a word, as free plans do: the pages of a
            document that is at hand are then counted first, so that those that did not come are missed.

        max_bytes: Largest document of one request, before it is encoded; None for no limit.

        max_concurrency: Requests at once where the caller does not say; None finds out what the service takes.

        batch_pages: Pages of a concurrent batch when the caller names no size; None sends one request.

        lacking: Returns what a model needs that is not on this machine, for people; None where nothing is missing.

        local: Whether it computes on this machine, without a key.

        variables: Environment variables that may hold its key, the one to recommend first; for people.

        tells_cost: Whether its answers always tell what they cost, so that budgets hold where no table has a price.

        pictures: How pages are drawn for a service that reads one picture in a request; None for one that takes
            documents. It is asked for page after page, and the index of what it answers is of no matter.

        request_ids: Headers, in lower case, in which it gives the id of an answer; the usual ones need not be named.

        retry_after: The same for the time that it asks to wait, in seconds or as a date.

        reads_files: Whether `connect` may look into files, and so is called on a thread.

        relays: The dialect in which the answer to its one request may go on to a client as it came.

        scope: For which an object that gives access tokens is asked for one; None where no such object is taken.

        batch: Limits of its batch jobs; None where it has none. It is then a `batch_jobs.BatchProvider` as well.
    """

    options: frozenset[str]
    models: tuple[str, ...] = ()
    takes_urls: bool = True
    takes_file_ids: bool = False
    max_pages: int | None = None
    max_bytes: int | None = None
    contiguous: bool = False
    selects_pages: bool = True
    stops_early: bool = False
    max_concurrency: int | None = None
    batch_pages: int | None = None
    lacking: Callable[[str], str | None] = lambda model: None
    local: bool = False
    variables: tuple[str, ...] = ()
    tells_cost: bool = False
    pictures: PagePictures | None = None
    request_ids: tuple[str, ...] = ()
    retry_after: tuple[str, ...] = ()
    reads_files: bool = False
    relays: Dialect | None = None
    scope: str | None = None
    batch: BatchLimits | None = None


class Provider(Protocol):
    """One account at one OCR service, or the embedded engine."""

    name: ClassVar[str]
    facts: ClassVar[Facts]

    @classmethod
    def connect(
        cls,
        *,
        model: str = "",
        api_key: str | None,
        api_base: str | None,
        headers: Mapping[str, str],
        environ: Mapping[str, str],
    ) -> Provider:
        """
        Return the provider for a model, a key, an address and extra headers; what is None comes from *environ*.

        Args:
            model: In the provider's words; a prefix with several dialects returns the class that speaks this model's,
                with its own facts. Empty: whatever serves most of them.

        Raises:
            ConfigurationError: No such model, no key or no address; the message names the variable to set.
        """
        ...

    @property
    def account(self) -> tuple[str, str]:
        """Base URL and key (or a digest of it): requests with the same pair share their limits."""
        ...

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for *request*'s pages; the steps' answers come in by `send`."""
        ...


def names() -> tuple[str, ...]:
    """Return the names of all providers, the installed plugins' included, sorted."""
    return tuple(sorted({*_BUILT_IN, *(entry.name for entry in _plugins())}))


fakes: list[Callable[[str], type[Provider] | None]] = []
"""What `ocr_async.testing` has answer in a provider's place, the last one first."""


def provider_class(name: str) -> type[Provider] | None:
    """Return the provider class called *name*, importing only its module; None if there is none."""
    for fake in reversed(fakes):
        if (found := fake(name)) is not None:
            return found
    return _provider_class(name)


@cache
def _provider_class(name: str) -> type[Provider] | None:
    if target := _BUILT_IN.get(name):
        module, _, attribute = target.partition(":")
        with loading:
            found: type[Provider] = getattr(importlib.import_module(module), attribute)
        return found
    for entry in _plugins():
        if entry.name == name:
            with loading:
                plugin: type[Provider] = entry.load()
            return plugin
    return None


def resolve(
    model: str,
    *,
    api_key: str | None,
    api_base: str | None,
    headers: Mapping[str, str],
    environ: Mapping[str, str],
) -> tuple[Provider, str]:
    """
    Return the provider that serves *model*, and the model's name in that provider's words.

    ``provider/model`` names both. With *api_base* and no known provider in front, the server there speaks Mistral's
    API and the name goes to it whole.

    Raises:
        ConfigurationError: No such provider, or no key for it.
    """
    name, _, bare = model.partition("/")
    cls = provider_class(name)
    if cls is None and api_base is not None:
        cls, bare = provider_class("mistral"), model
    if cls is None:
        meant = _meant(name, bare)
        raise ConfigurationError(
            f'model "{model}" names no provider{f"; did you mean {meant!r}?" if meant else "."} '
            f"Write provider/model with one of {', '.join(names())}",
            hint="another_server",
        )
    return cls.connect(model=bare, api_key=api_key, api_base=api_base, headers=headers, environ=environ), bare


def _meant(name: str, model: str) -> str | None:
    """Return the model that who wrote *name*/*model* is likely to have meant, with a provider that there is."""
    if name.startswith("mistral-"):
        return f"mistral/{name}"
    if (found := closest(name, names())) is not None:
        return f"{found}/{model}" if model else found
    cls = provider_class("local")
    if not model and cls is not None and (found := closest(name, cls.facts.models)) is not None:
        return f"local/{found}"
    return None


def with_batches() -> tuple[str, ...]:
    """Return the names of the providers that have batch jobs; imports them all."""
    found = ((name, provider_class(name)) for name in names())
    return tuple(name for name, cls in found if cls is not None and cls.facts.batch is not None)


def at_hand(name: str) -> bool:
    """Whether `provider_class` finds *name*, or that there is none, without reading the list of installed packages."""
    return name in _BUILT_IN or _plugins.cache_info().currsize > 0


@cache
def _plugins() -> tuple[EntryPoint, ...]:
    with loading:
        from importlib.metadata import entry_points  # reads files, and no call to a provider of ours needs it

        return tuple(entry_points(group="ocr_async.providers"))
