"""Who may be asked: a provider with its name for the model, and the options that it is asked with."""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import partial
from typing import Any

import anyio.to_thread
from attrs import frozen

from .. import providers
from ..errors import ConfigurationError
from .annotations import schema_of
from .options import Options


__all__ = ["SCHEMAS", "Candidate", "asked"]

# the options that become fields of OCRRequest as they are
_ASKED = (
    "include_image_base64", "image_limit", "image_min_size", "table_format", "extract_header", "extract_footer",
    "include_blocks", "confidence_scores_granularity", "lang", "document_annotation_prompt", "mistral_extra",
    "docling_extra", "extra_body",
)  # fmt: skip
SCHEMAS = ("bbox_annotation_format", "document_annotation_format")


@frozen
class Candidate:
    """
    A provider and its name for the model.

    Attributes:
        named: The model as the caller wrote it.

        ours: Whether the options' key, address and headers are for it.

        dropped: Names of the options that it has not, and that it is asked without: those of a stand-in.
    """

    provider: providers.Provider
    model: str
    named: str
    ours: bool
    dropped: tuple[str, ...] = ()

    @classmethod
    async def connect(cls, model: str, options: Options, first: Candidate | None = None) -> Candidate:
        """
        Find the provider of *model*.

        Args:
            first: The candidate that this one stands in for. Key, address and headers of the options are its
                provider's; another provider gets none of them, and takes its own from the environment.

        Raises:
            ConfigurationError: There is none, it has no key, or it has not all the options that are set; a stand-in
                may lack some unless `strict` is set.
        """
        name = model.partition("/")[0]
        if not providers.at_hand(name):
            await anyio.to_thread.run_sync(providers.provider_class, name)  # reads files, once a process
        ours = first is None or providers.provider_class(name) in {None, _class_of(first.named)}
        key = options.api_key if ours else None
        resolve = partial(
            providers.resolve,
            model,
            api_key=key() if callable(key) else key,
            api_base=options.api_base if ours else None,
            headers=(options.extra_headers if ours else None) or {},
            environ=os.environ,
        )
        serving = providers.provider_class(name)
        slow = serving is not None and serving.facts.reads_files
        provider, bare = await anyio.to_thread.run_sync(resolve) if slow else resolve()
        unknown = [
            name
            for name in (*_ASKED, *SCHEMAS)
            if getattr(options, name) is not None and name not in provider.facts.options and name != "extra_body"
        ]
        if unknown and (first is None or options.strict):
            raise ConfigurationError(f"{provider.name} has no option {', '.join(unknown)}; leave it out")
        return cls(provider, bare, model, ours, tuple(unknown))


def _class_of(model: str) -> type[providers.Provider] | None:
    """Return the class that *model*'s prefix stands for; one without a known prefix speaks Mistral's API."""
    return providers.provider_class(model.partition("/")[0]) or providers.provider_class("mistral")


def asked(options: Options, dropped: Collection[str] = ()) -> dict[str, Any]:
    """Return the options of an `OCRRequest` that the caller set, without the *dropped* ones."""
    found = {name: value for name in _ASKED if (value := getattr(options, name)) is not None}
    for name in SCHEMAS:
        if (form := getattr(options, name)) is not None:
            found[name] = schema_of(form)
    for name in dropped:
        del found[name]
    return found
