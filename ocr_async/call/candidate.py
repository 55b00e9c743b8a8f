"""Who may be asked: a provider with its name for the model, and the options that it is asked with."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from inspect import isawaitable
from typing import Any

import anyio.to_thread
from attrs import frozen

from .. import providers
from .._platform.environment import Variables
from ..errors import ConfigurationError
from ..models import FileId, OCRRequest
from ..providers._account import Token
from .annotations import schema_of
from .options import ApiKey, Options


__all__ = ["SCHEMAS", "Candidate"]

# the options that become fields of OCRRequest as they are
_ASKED = (
    "include_image_base64", "image_limit", "image_min_size", "table_format", "extract_header", "extract_footer",
    "include_blocks", "confidence_scores_granularity", "lang", "document_annotation_prompt", "mistral_extra",
    "docling_extra", "extra_body",
)  # fmt: skip
_NO_DOCUMENT = FileId(file_id="")
# clients say False to these as a matter of course, and a provider that has not the option does just that
_LEFT_OUT = frozenset({"include_image_base64", "include_blocks"})
SCHEMAS = ("bbox_annotation_format", "document_annotation_format")


@frozen(eq=False, repr=False)
class Candidate:
    """
    A provider and its name for the model.

    Attributes:
        named: The model as the caller wrote it.

        ours: Whether the options' key, address and headers are for it.

        dropped: Names of the options that it has not, and that it is asked without: those of a stand-in.

        asked: The options of each request, those that the caller set.

        request: With them, and with another document and pages each time.
    """

    provider: providers.Provider
    model: str
    named: str
    ours: bool
    dropped: tuple[str, ...]
    asked: Mapping[str, Any]
    request: OCRRequest

    @classmethod
    async def connect(
        cls, model: str, options: Options, first: Candidate | None = None, *, stands_in: bool = False
    ) -> Candidate:
        """
        Find the provider of *model*; the one that was found for the same options, while the environment is as it was.

        Args:
            first: The candidate that this one stands in for. Key, address and headers of the options are its
                provider's; another provider gets none of them, and takes its own from the environment.

            stands_in: Whether it does so for one with an account of its own, so that the options are for this one.

        Raises:
            ConfigurationError: There is none, it has no key, or it has not all the options that are set; a stand-in
                may lack some unless `strict` is set.
        """
        asked = model, stands_in  # a stand-in may lack options for which another one is refused
        known = options.memory.get(asked) if first is None and not providers.fakes else None
        if known is not None and known[0].still_so():
            candidate: Candidate = known[1]
            return candidate
        environ = _Environment()
        found = await cls._connect(model, options, first, environ, stands_in=stands_in)
        if first is None and _stays(options) and not found.provider.facts.reads_files and not providers.fakes:
            options.memory[asked] = environ, found
        return found

    @classmethod
    async def _connect(
        cls, model: str, options: Options, first: Candidate | None, environ: Mapping[str, str], *, stands_in: bool
    ) -> Candidate:
        name = model.partition("/")[0]
        if not providers.at_hand(name):
            await anyio.to_thread.run_sync(providers.provider_class, name)  # reads files, once a process
        ours = first is None or providers.provider_class(name) in {None, _class_of(first.named)}
        resolve = partial(
            providers.resolve,
            model,
            api_key=await _key(options.api_key, name) if ours else None,
            api_base=options.api_base if ours else None,
            headers=(options.extra_headers if ours else None) or {},
            environ=environ,
        )
        serving = providers.provider_class(name)
        slow = serving is not None and serving.facts.reads_files
        provider, bare = await anyio.to_thread.run_sync(resolve) if slow else resolve()
        unknown = [
            name
            for name in (*_ASKED, *SCHEMAS)
            if (value := getattr(options, name)) is not None
            and name not in provider.facts.options
            and name != "extra_body"
            and not (value is False and name in _LEFT_OUT)
        ]
        if unknown and (options.strict or (first is None and not stands_in)):
            raise ConfigurationError(f"{provider.name} has no option {', '.join(unknown)}; leave it out")
        asked = _asked(options, unknown)
        request = OCRRequest(model=bare, document=_NO_DOCUMENT, **asked)
        return cls(provider, bare, model, ours, tuple(unknown), asked, request)


class _Environment(Mapping[str, str]):
    """The environment, which notes what it was asked for."""

    def __init__(self) -> None:
        self._given: dict[str, str | None] = {}
        self._asked: Variables | None = None

    def __getitem__(self, name: str) -> str:
        found = self._given[name] = os.environ.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        for name in os.environ:
            self._given[name] = os.environ.get(name)
            yield name

    def __len__(self) -> int:
        return len(os.environ)

    def still_so(self) -> bool:
        """Whether all that was asked for is as it was."""
        if not self._given:
            return True
        if self._asked is None:
            self._asked = Variables(*self._given)
        return self._asked.values() == tuple(self._given.values())


def _stays(options: Options) -> bool:
    """Whether the same *options* find the same: no key is made anew, and no mapping may have changed within."""
    return (options.api_key is None or isinstance(options.api_key, str)) and options.extra_headers is None


async def _key(given: ApiKey | None, provider: str) -> str | None:
    """
    Return the key that *given* is, or gives. What gives keys may have to fetch them, so it is asked on a thread.

    Raises:
        ConfigurationError: It is an object for access tokens, and the *provider* takes none.
    """
    if given is None or isinstance(given, str):
        return given
    ask: Callable[[], Any]
    if callable(given):
        ask = given
    else:
        cls = providers.provider_class(provider)
        if cls is None or cls.facts.scope is None:
            raise ConfigurationError(f"{provider} takes no credential object; give its key as text")
        ask = partial(given.get_token, cls.facts.scope)
    found = await anyio.to_thread.run_sync(ask)
    if isawaitable(found):
        found = await found
    text = getattr(found, "token", found)
    if not isinstance(text, str):
        raise ConfigurationError(f"what gives the key gave {type(found).__name__}, neither text nor an access token")
    return Token(text)


def _class_of(model: str) -> type[providers.Provider] | None:
    """Return the class that *model*'s prefix stands for; one without a known prefix speaks Mistral's API."""
    return providers.provider_class(model.partition("/")[0]) or providers.provider_class("mistral")


def _asked(options: Options, dropped: Collection[str]) -> dict[str, Any]:
    """Return the options of an `OCRRequest` that the caller set, without the *dropped* ones."""
    found = {name: value for name in _ASKED if (value := getattr(options, name)) is not None}
    for name in SCHEMAS:
        if (form := getattr(options, name)) is not None:
            found[name] = schema_of(form)
    for name in dropped:
        del found[name]
    return found
