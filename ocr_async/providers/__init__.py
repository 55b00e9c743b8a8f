"""
What a provider is, and how a model's name finds one.

A provider is a frozen attrs class without I/O: its `exchange` yields the steps of `ocr_async.steps` and returns the
response, so a new one is a file here, or a package that names its class in the entry-point group
``ocr_async.providers`` (docs/how-to/write-a-provider.md).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

from attrs import frozen

from ..errors import ConfigurationError
from ..models import Dialect, OCRRequest, OCRResponse
from ..steps import Exchange


if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["Facts", "Provider", "at_hand", "names", "provider_class", "resolve"]

_BUILT_IN = {
    "local": "ocr_async.providers.local:Local",
    "mistral": "ocr_async.providers.mistral:Mistral",
    "opper": "ocr_async.providers.opper:Opper",
}


@frozen(kw_only=True)
class Facts:
    """
    What `call` has to know of a provider to prepare a document and plan its page batches.

    Attributes:
        options: Names of the `OCRRequest` options that it honours; the others are refused before anything is sent.

        models: Names that it is known to serve, without the provider's prefix; for people, not a limit.

        takes_urls: False where a document URL has to be downloaded here first.

        takes_file_ids: Whether it keeps uploaded files.

        max_pages: Most pages of one request; None for no limit.

        max_bytes: Largest document of one request; None for no limit.

        batch_pages: Pages of a concurrent batch when the caller names no size; None sends one request.

        lacking: Returns what a model needs that is not on this machine, for people; None where nothing is missing.

        local: Whether it computes on this machine, without a key.

        relays: The dialect in which the answer to its one request may go on to a client as it came.
    """

    options: frozenset[str]
    models: tuple[str, ...] = ()
    takes_urls: bool = True
    takes_file_ids: bool = False
    max_pages: int | None = None
    max_bytes: int | None = None
    batch_pages: int | None = None
    lacking: Callable[[str], str | None] = lambda model: None
    local: bool = False
    relays: Dialect | None = None


class Provider(Protocol):
    """One account at one OCR service, or the embedded engine."""

    name: ClassVar[str]
    facts: ClassVar[Facts]

    @classmethod
    def connect(
        cls, *, api_key: str | None, api_base: str | None, headers: Mapping[str, str], environ: Mapping[str, str]
    ) -> Self:
        """
        Return the provider for a key, an address and extra headers; what is None comes from *environ*.

        Raises:
            ConfigurationError: No key or no address; the message names the variable to set.
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


@cache
def provider_class(name: str) -> type[Provider] | None:
    """Return the provider class called *name*, importing only its module; None if there is none."""
    if target := _BUILT_IN.get(name):
        module, _, attribute = target.partition(":")
        found: type[Provider] = getattr(importlib.import_module(module), attribute)
        return found
    for entry in _plugins():
        if entry.name == name:
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
        hint = f'; did you mean "mistral/{model}"?' if model.startswith("mistral-") else "."
        raise ConfigurationError(
            f'model "{model}" names no provider{hint} '
            f"Write provider/model with one of {', '.join(names())}, "
            "or give api_base for a server that speaks Mistral's API."
        )
    return cls.connect(api_key=api_key, api_base=api_base, headers=headers, environ=environ), bare


def at_hand(name: str) -> bool:
    """Whether `provider_class` finds *name*, or that there is none, without reading the list of installed packages."""
    return name in _BUILT_IN or _plugins.cache_info().currsize > 0


@cache
def _plugins() -> tuple[EntryPoint, ...]:
    from importlib.metadata import entry_points  # reads files, and no call to a provider of ours needs it

    return tuple(entry_points(group="ocr_async.providers"))
