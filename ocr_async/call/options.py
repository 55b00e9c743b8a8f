"""The options of a call, in the one order and with the one meaning that every entry point shares."""

from __future__ import annotations

import math
import os
import re
from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from ssl import SSLContext
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol, SupportsIndex, TypedDict

from attrs import Attribute, field, fields, frozen

from ..errors import ConfigurationError
from ..models import ConfidenceGranularity, Document, Language, TableFormat
from ..pricing import Price
from ..settings import RetryPolicy
from ..transport import proxies


if TYPE_CHECKING:
    from ..events import Observer
else:
    Observer = Callable[[Any], None]  # events are imported when somebody hears of them


__all__ = [
    "AnnotationFormat",
    "AnyDocuments",
    "ApiKey",
    "Cache",
    "Credential",
    "DocumentLike",
    "Documents",
    "Given",
    "Observer",
    "OnError",
    "Options",
    "PageSelection",
    "Prices",
    "options_of",
    "options_with",
]

PageSelection = int | str | Iterable[int]
AnnotationFormat = Mapping[str, Any] | type
OnError = Literal["raise", "partial"]
Prices = Mapping[str, Price | float]


_HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)  # a token of RFC 9110, section 5.6.2


class Image(Protocol):
    """A PIL image, without importing PIL."""

    def save(self, fp: Any, format: str | None = None, **params: Any) -> None: ...


class AsyncFile(Protocol):
    """An open binary file whose `read` is awaited, such as FastAPI's uploads."""

    async def read(self, size: int = -1, /) -> bytes: ...


class Credential(Protocol):
    """What gives access tokens, such as the credentials of azure-identity, without importing it."""

    def get_token(self, *scopes: str) -> Any: ...


ApiKey = str | Callable[[], str | Awaitable[str]] | Credential
DocumentLike = (
    os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | IO[bytes]
    | AsyncFile
    | str
    | Mapping[str, Any]
    | Image
    | Document
)
Documents = Iterable[DocumentLike]
AnyDocuments = Documents | AsyncIterable[DocumentLike]


class Cache(Protocol):
    """Where finished responses are kept, by a key over the document's bytes and the options. It may block."""

    def get(self, key: str, /) -> bytes | None: ...

    def set(self, key: str, value: bytes, /) -> None: ...


def _must(
    promise: str, holds: Callable[[Any], bool], *, optional: bool = True
) -> Callable[[Any, Attribute[Any], Any], None]:
    """Return a validator: what does not hold is the caller's mistake, no bare ValueError; None passes if *optional*."""

    def validate(_: Any, attribute: Attribute[Any], value: Any) -> None:
        if value is None and optional:
            return
        try:
            good = holds(value)
        except TypeError:
            good = False
        if not good:
            shown = f"{attribute.name}={value!r}" if attribute.repr else attribute.name
            raise ConfigurationError(f"{shown} is not {promise}")

    return validate


def _one_of(*words: str) -> Callable[[Any, Attribute[Any], Any], None]:
    return _must("one of " + ", ".join(map(repr, words)), lambda value: value in words)


def _are_texts(value: Any) -> bool:
    return isinstance(value, Collection) and all(isinstance(each, str) for each in value)


def _are_headers(value: Any) -> bool:
    return isinstance(value, Mapping) and _are_texts(value.values()) and all(map(_HEADER.fullmatch, value))


def _is_proxy(_: Any, __: Attribute[Any], value: Any) -> None:
    if value is not None:
        proxies.parse(value, "proxy")  # in its words: a password must not be shown


def _is_context(value: Any) -> bool:
    return isinstance(value, SSLContext)


def _are_prices(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and (isinstance(price, Price) or (not isinstance(price, bool) and 0 <= price < math.inf))
        for name, price in value.items()
    )


_COUNT = _must("a whole number of at least 1", lambda value: 1 <= value < 1 << 63 and value == int(value))
_COUNT_OR_ZERO = _must("a whole number of at least 0", lambda value: 0 <= value < 1 << 63 and value == int(value))
_POSITIVE = _must("a number above 0", lambda value: value > 0)
_SHARE = _must("a number from 0 to 1", lambda value: 0 <= value <= 1)
_SWITCH = _must("True or False", lambda value: isinstance(value, bool))
_MAPPING = _must("a mapping", lambda value: isinstance(value, Mapping))
_TEXT = _must("a text", lambda value: isinstance(value, str))
_FORMAT = _must("a mapping or a class", lambda value: isinstance(value, (Mapping, type)))
_RETRIES = _must(
    "a RetryPolicy or a whole number of at least 0",
    lambda value: isinstance(value, RetryPolicy) or (isinstance(value, int) and value >= 0),
)


@frozen(kw_only=True)
class Options:
    """
    What `aocr` takes beside the document; see there for the meanings.

    It pickles, as long as the key, the observer and the cache do, and never shows the key. With `ssl` it does not.
    """

    model: str | None = field(default=None, validator=_TEXT)
    pages: PageSelection | None = None
    include_image_base64: bool | None = field(default=None, validator=_SWITCH)
    image_limit: int | None = field(default=None, validator=_COUNT_OR_ZERO)
    image_min_size: int | None = field(default=None, validator=_COUNT_OR_ZERO)
    table_format: TableFormat | None = field(default=None, validator=_one_of("markdown", "html"))
    extract_header: bool | None = field(default=None, validator=_SWITCH)
    extract_footer: bool | None = field(default=None, validator=_SWITCH)
    include_blocks: bool | None = field(default=None, validator=_SWITCH)
    confidence_scores_granularity: ConfidenceGranularity | None = field(
        default=None, validator=_one_of("word", "page", "block")
    )
    lang: Language | None = field(default=None, validator=_must("a text or a list of texts", _are_texts))
    bbox_annotation_format: AnnotationFormat | None = field(default=None, validator=_FORMAT)
    document_annotation_format: AnnotationFormat | None = field(default=None, validator=_FORMAT)
    document_annotation_prompt: str | None = field(default=None, validator=_TEXT)
    annotate_with: str | None = field(default=None, validator=_TEXT)
    mistral_extra: Mapping[str, Any] | None = field(default=None, validator=_MAPPING)
    docling_extra: Mapping[str, Any] | None = field(default=None, validator=_MAPPING)
    api_key: ApiKey | None = field(default=None, repr=False)
    api_base: str | None = field(default=None, validator=_TEXT)
    extra_headers: Mapping[str, str] | None = field(
        default=None, repr=False, validator=_must("a mapping of names of headers to texts", _are_headers)
    )
    extra_body: Mapping[str, Any] | None = field(default=None, repr=False, validator=_MAPPING)
    proxy: str | None = field(default=None, repr=False, validator=_is_proxy)
    trust_env: bool = field(default=True, validator=_SWITCH)
    ssl: SSLContext | None = field(default=None, validator=_must("an ssl.SSLContext", _is_context))
    timeout: float | None = field(default=600.0, validator=_POSITIVE)
    attempt_timeout: float | None = field(default=None, validator=_POSITIVE)
    read_timeout: float | None = field(default=None, validator=_POSITIVE)
    retries: RetryPolicy | int | None = field(default=None, validator=_RETRIES)
    pages_per_request: int | None = field(default=None, validator=_COUNT)
    max_concurrency: int | None = field(default=None, validator=_COUNT)
    requests_per_second: float | None = field(default=None, validator=_POSITIVE)
    pages_per_minute: float | None = field(default=None, validator=_POSITIVE)
    max_response_bytes: int | None = field(default=None, validator=_COUNT)
    max_pages: int | None = field(default=None, validator=_COUNT)
    max_cost: float | None = field(default=None, validator=_must("a number of at least 0", lambda value: value >= 0))
    prices: Prices | None = field(
        default=None, validator=_must("a mapping of models to dollars for a page, or to Price objects", _are_prices)
    )
    on_error: OnError = field(default="raise", validator=_one_of("raise", "partial"))
    on_event: Observer | None = field(default=None, validator=_must("a function", callable))
    fallbacks: Sequence[str] = field(
        default=(),
        validator=_must(
            "a list of texts", lambda value: not isinstance(value, str) and _are_texts(value), optional=False
        ),
    )
    escalate_to: str | None = field(default=None, validator=_TEXT)
    min_confidence: float | None = field(default=None, validator=_SHARE)
    strict: bool = field(default=False, validator=_SWITCH)
    cache: Cache | None = field(
        default=None, validator=_must("a cache", lambda value: hasattr(value, "get") and hasattr(value, "set"))
    )
    # what was found for these options: see `candidate`; it is neither shown nor pickled
    memory: dict[Any, Any] = field(factory=dict, init=False, repr=False, eq=False)

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        if self.ssl is not None:
            raise TypeError("ssl, an SSLContext, cannot be pickled: leave it out, and set SSL_CERT_FILE there instead")
        values = {one.name: getattr(self, one.name) for one in fields(type(self)) if one.init}
        return _remade, (type(self), values)

    @property
    def policy(self) -> RetryPolicy:
        """`retries` as a policy; a number is how often a failed request is repeated."""
        if self.retries is None:
            return _POLICY
        return _repeated(self.retries) if isinstance(self.retries, int) else self.retries


def _remade(cls: type[Options], values: dict[str, Any]) -> Options:
    return cls(**values)


_POLICY = RetryPolicy()


@lru_cache
def _repeated(retries: int) -> RetryPolicy:
    return RetryPolicy(attempts=retries + 1, ambiguous=min(retries, _POLICY.ambiguous))


_MOST_KNOWN = 64
# The last ones that were asked for, and the types of those values, as True is no 1. They hold keys, so they are few.
_known: dict[tuple[Any, ...], tuple[list[int], list[type], Options]] = {}


Options.__init__.__qualname__ = "OCR"  # what Python names in its error for an option that there is not


def options_of(*values: Any) -> Options:
    """
    Return the options of all *values*, in their order; the same object for the same ones, so that what is found for it
    is found once.

    Raises:
        ConfigurationError: A value is not what it must be.
    """
    try:
        known = _known.get(values)
    except TypeError:  # a mapping or list, which may change within
        return Options(**dict(zip(_NAMES, values, strict=True)))
    if known is not None and [type(values[index]) for index in known[0]] == known[1]:
        return known[2]
    found = Options(**dict(zip(_NAMES, values, strict=True)))
    # An observer, or what yields pages, is another one each time.
    if found.on_event is None and isinstance(found.pages, str | int | range | None):
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        given = [index for index, value in enumerate(values) if value is not None]
        _known[values] = given, [type(values[index]) for index in given], found
    return found


_DEFAULTS = {one.name: one.default for one in fields(Options) if one.init}
_NAMES = tuple(_DEFAULTS)


def options_with(given: Mapping[str, Any]) -> Options:
    """Return the options of which those *given* are not the defaults; see `options_of`."""
    return options_of(*{**_DEFAULTS, **given}.values())


class Given(TypedDict, total=False):
    """The same options as keyword arguments, each of them optional."""

    model: str | None
    pages: PageSelection | None
    include_image_base64: bool | None
    image_limit: int | None
    image_min_size: int | None
    table_format: TableFormat | None
    extract_header: bool | None
    extract_footer: bool | None
    include_blocks: bool | None
    confidence_scores_granularity: ConfidenceGranularity | None
    lang: Language | None
    bbox_annotation_format: AnnotationFormat | None
    document_annotation_format: AnnotationFormat | None
    document_annotation_prompt: str | None
    annotate_with: str | None
    mistral_extra: Mapping[str, Any] | None
    docling_extra: Mapping[str, Any] | None
    api_key: ApiKey | None
    api_base: str | None
    extra_headers: Mapping[str, str] | None
    extra_body: Mapping[str, Any] | None
    proxy: str | None
    trust_env: bool
    ssl: SSLContext | None
    timeout: float | None
    attempt_timeout: float | None
    read_timeout: float | None
    retries: RetryPolicy | int | None
    pages_per_request: int | None
    max_concurrency: int | None
    requests_per_second: float | None
    pages_per_minute: float | None
    max_response_bytes: int | None
    max_pages: int | None
    max_cost: float | None
    prices: Prices | None
    on_error: OnError
    on_event: Observer | None
    fallbacks: Sequence[str]
    escalate_to: str | None
    min_confidence: float | None
    strict: bool
    cache: Cache | None
