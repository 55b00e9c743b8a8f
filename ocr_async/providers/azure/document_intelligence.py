"""
Azure Document Intelligence: https://learn.microsoft.com/azure/ai-services/document-intelligence, read 2026-11.

REST version 2024-11-30. A document is submitted once; its operation is then polled until it is done. Limits: 500 MB
and 2,000 pages (S0), 4 MB and silently the first two pages (F0). Polls count among the requests a second, of which
there are 15 (S0) or 1 (F0).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self
from urllib.parse import quote, urlencode, urlsplit

from attrs import evolve, frozen

from ...engine.values import warned
from ...errors import ConfigurationError, OCRError, ResponseInvalid
from ...models import Bytes, FileOnDisk, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo, Url
from ...steps import Exchange, HttpRequest, HttpResponse, Raw, http
from .. import Facts, _account
from .._jobs import Failed, Pending, poll
from .._service import data_uri, mapping, ranges, shaped
from .accounts import DOMAINS, SCOPE, versioned
from .analysis import pages_of
from .figures import with_figures
from .refusals import failure, refused


__all__ = ["DocumentIntelligence", "Layout", "model_id"]

API_VERSION = "2024-11-30"
DPI = 200  # as the embedded engine and Mistral draw pages

_KEY_HEADER = "Ocp-Apim-Subscription-Key"
# Azure's keys are 32 hexadecimal digits, or 84 letters and digits; Entra's tokens are JSON Web Tokens.
_KEY = re.compile(r"[0-9A-Za-z]{32}|[0-9A-Za-z]{84}")
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_MODEL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{1,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")

_MIMES = frozenset({"application/pdf", "image/jpeg", "image/png", "image/tiff", "image/bmp", "image/heif", "text/html"})
_PAGELESS = ("text/html", "application/vnd.openxmlformats-officedocument.")

# What may stand in extra_body: the query's own names, and LiteLLM's for them.
_QUERY = {
    "features": "features",
    "queryFields": "queryFields",
    "query_fields": "queryFields",
    "locale": "locale",
    "outputContentFormat": "outputContentFormat",
    "output_content_format": "outputContentFormat",
    "output": "output",
}
_FREE_PAGES = 2

_ANY = frozenset({"pages", "lang", "include_blocks", "confidence_scores_granularity", "extra_body"})
_OF_LAYOUT = frozenset(
    {"include_image_base64", "image_limit", "image_min_size", "table_format", "extract_header", "extract_footer"}
)
_FACTS = Facts(
    options=_ANY,
    models=("doc-intelligence/prebuilt-read", "doc-intelligence/prebuilt-layout"),
    max_pages=2000,
    # "500 MB" is read as the larger MiB: a document in between is the service's to refuse
    max_bytes=500 * 1024**2,
    stops_early=True,
    variables=("AZURE_DOCUMENT_INTELLIGENCE_API_KEY",),
    request_ids=("apim-request-id",),
    scope=SCOPE,
)


def model_id(model: str) -> str:
    """
    Return the id of the model in ``doc-intelligence/<id>``.

    Raises:
        ConfigurationError: There is none.
    """
    found = model.rpartition("/")[2]
    if "/" not in model or _MODEL_ID.fullmatch(found) is None:
        raise ConfigurationError(
            f'"azure_ai/{model}" names no model of Document Intelligence; write '
            "azure_ai/doc-intelligence/prebuilt-layout, or prebuilt-read, or the id of a model of your own"
        )
    return found


@frozen(kw_only=True)
class DocumentIntelligence(_account.Hosted):
    """
    One resource of Azure Document Intelligence: https://learn.microsoft.com/azure/ai-services/document-intelligence.

    Attributes:
        api_key: A key of the resource, or an access token of Entra.

        base_url: The resource's endpoint.

        dpi: Pixels made of an inch, in which PDFs are measured.
    """

    name: ClassVar[str] = "azure_ai"
    facts: ClassVar[Facts] = _FACTS

    api_version: str = API_VERSION
    dpi: int = DPI

    @classmethod
    def connect(
        cls,
        *,
        model: str = "",
        api_key: str | None,
        api_base: str | None,
        headers: Mapping[str, str],
        environ: Mapping[str, str],
    ) -> Self:
        """
        Return the resource at *api_base* or ``AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT``; an ``?api-version=…`` at its end
        is the version of the API.

        The environment's key, ``AZURE_DOCUMENT_INTELLIGENCE_API_KEY``, is sent to Microsoft's domains, to this machine
        and to the environment's own address. ``AZURE_DOCUMENT_INTELLIGENCE_API_VERSION`` and ``…_DEFAULT_DPI`` are as
        for LiteLLM.

        Raises:
            ConfigurationError: No address, no key for one of Microsoft's, or no model's id.
        """
        model_id(model)
        given = api_base or environ.get("AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT")
        if not given:
            raise ConfigurationError(
                "Document Intelligence has an address of its own for each resource: set "
                "AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT to it, such as https://NAME.cognitiveservices.azure.com, or give "
                "it with the call",
                hint="api_base",
            )
        given, version = versioned(given)
        base = _account.address(given, ends=("/documentintelligence",))
        key = _account.find_key(
            api_key,
            base,
            headers,
            environ,
            variable="AZURE_DOCUMENT_INTELLIGENCE_API_KEY",
            domain=DOMAINS,
            named=bool(api_base),
            header=_KEY_HEADER.lower(),
        )
        return cls(
            api_key=key,
            base_url=base,
            headers=dict(headers),
            api_version=version or environ.get("AZURE_DOCUMENT_INTELLIGENCE_API_VERSION") or API_VERSION,
            dpi=_dots(environ.get("AZURE_DOCUMENT_INTELLIGENCE_DEFAULT_DPI")),
        )

    @property
    def credentials(self) -> dict[str, str]:
        """The key in Azure's own header, or the token in the usual one; and what the caller added."""
        key = self.api_key
        if key is None:
            return dict(self.headers)
        own = _account.bearer(key) if _is_token(key) else {_KEY_HEADER: key}
        return _account.merged(own, self.headers)

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Submit *request*'s document, and ask for its pages until they are there."""
        operation = self._checked((yield from http(self._submission(request))))
        first = 1.0 if operation.seconds is None else operation.seconds
        response = yield from poll(lambda: self._poll(operation.url, request), first=first, interval=1.0)
        if request.include_image_base64 and any(page.images for page in response.pages):
            response = yield from with_figures(response, lambda name: self._figure(operation.url, name))
        return evolve(response, id=_last(operation.url))

    # --- submitting -----------------------------------------------------------------------------------------------

    def _submission(self, request: OCRRequest) -> HttpRequest[_Operation]:
        document = request.document
        body = None
        if isinstance(document, (FileOnDisk, Bytes)):
            body = Raw(document, document.mime if document.mime in _MIMES else "application/octet-stream")
        # a comma parts the names of a list
        query = urlencode(self._query(request), quote_via=quote, safe=",")
        path = f"/documentintelligence/documentModels/{model_id(request.model)}:analyze?{query}"
        json = {"urlSource": document.url} if isinstance(document, Url) else None
        return self.request("POST", path, _operation, json=json, body=body, pages=request.count)

    def refused(self, answer: HttpResponse) -> OCRError | None:
        """Return what the body of *answer* says."""
        return refused(answer)

    def _query(self, request: OCRRequest) -> dict[str, str]:
        # Spans count in code points, as Python does; Azure's default are the characters that people see.
        query = {"api-version": self.api_version, "stringIndexType": "unicodeCodePoint"}
        if request.pages is not None:
            query["pages"] = _page_ranges(request)
        if request.lang is not None:
            query["locale"] = _locale(request.lang)
        for name, value in (request.extra_body or {}).items():
            if name not in _QUERY:
                has = ", ".join(dict.fromkeys(_QUERY.values()))
                raise ConfigurationError(f"Document Intelligence has no option {name} in extra_body; it has {has}")
            query[_QUERY[name]] = _listed(name, value)
        return query

    def _checked(self, operation: _Operation) -> _Operation:
        """
        Return *operation* if it is to be asked where the document was sent.

        Raises:
            ResponseInvalid: It is not; not one that is repeated, as the document would be billed twice.
        """
        if not operation.url:
            raise ResponseInvalid(
                f"{self.name} took the document and named no operation to ask for", provider=self.name
            )
        if _origin(operation.url) != _origin(self.base_url):
            raise ResponseInvalid(
                f"{self.name} names an operation at another address than {urlsplit(self.base_url).hostname}, where the "
                "key is not sent",
                provider=self.name,
            )
        return operation

    # --- asking ---------------------------------------------------------------------------------------------------

    def _poll(self, url: str, request: OCRRequest) -> HttpRequest[OCRResponse | Pending | Failed]:
        return self.request("GET", url, lambda answer: self._outcome(answer, request))

    def _outcome(self, answer: HttpResponse, request: OCRRequest) -> OCRResponse | Pending | Failed:
        """Return how the operation ended, or that it has not."""
        body = mapping(answer, self.name)
        match body.get("status"):
            case "notStarted" | "running":
                return Pending(_seconds(answer))
            case "succeeded":
                with shaped(self.name, "$.analyzeResult"):
                    return self._response(body["analyzeResult"], request)
            case "failed" | "canceled" | "skipped" as status:
                # no error of this request, which would be repeated and end alike
                return Failed(failure(body.get("error") or {"message": f"the operation ended as {status}"}))
        raise ResponseInvalid(f"{self.name} tells no status of its operation", path="$.status", provider=self.name)

    def _figure(self, url: str, name: str) -> HttpRequest[str]:
        path, _, query = url.partition("?")
        address = f"{path}/figures/{quote(name, safe='')}?{query or f'api-version={self.api_version}'}"
        return self.request("GET", address, lambda answer: data_uri(answer.body), accept="image/png")

    def _response(self, result: Mapping[str, Any], request: OCRRequest) -> OCRResponse:
        pages = pages_of(result, request, dpi=self.dpi)
        if isinstance(request.document, Url) and request.pages is None and len(pages) == _FREE_PAGES:
            pages = (*pages[:-1], _perhaps_the_last(pages[-1]))
        names = ("keyValuePairs", "documents", "languages", "warnings")
        features = (request.extra_body or {}).get("features")
        return OCRResponse(
            pages=pages,
            model=f"doc-intelligence/{model_id(request.model)}",
            usage_info=OCRUsageInfo(
                pages_processed=len(pages),
                doc_size_bytes=getattr(request.document, "size", None),
                # most cost extra, so that with them the price of a page is not the whole
                applied_settings={"features": features} if features else None,
            ),
            extra={name: result[name] for name in names if result.get(name)},
        )


@frozen(kw_only=True)
class Layout(DocumentIntelligence):
    """The model ``prebuilt-layout``: the only one that writes Markdown, and that finds figures."""

    facts: ClassVar[Facts] = evolve(_FACTS, options=_ANY | _OF_LAYOUT)

    def _query(self, request: OCRRequest) -> dict[str, str]:
        query = DocumentIntelligence._query(self, request)
        query.setdefault("outputContentFormat", "markdown")
        if request.include_image_base64:
            outputs = [*query.get("output", "").split(","), "figures"]
            query["output"] = ",".join(dict.fromkeys(filter(None, outputs)))
        return query


# --- what goes out --------------------------------------------------------------------------------------------------


def _page_ranges(request: OCRRequest) -> str:
    """Return the pages of *request* in Azure's words: from 1, as ``1-3,5``."""
    mime = getattr(request.document, "mime", None) or ""
    if mime.startswith(_PAGELESS):
        raise ConfigurationError(
            "Document Intelligence reads Word, Excel, PowerPoint and HTML files as a whole; leave out pages"
        )
    return ranges(request.pages or (), 1)


def _locale(lang: str | Sequence[str]) -> str:
    names = [lang] if isinstance(lang, str) else list(lang)
    if len(names) != 1 or _LANGUAGE.fullmatch(names[0]) is None:
        raise ConfigurationError(f'Document Intelligence takes one language, such as "de" or "en-US", not {lang!r}')
    return names[0]


def _listed(name: str, value: Any) -> str:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, Sequence) or not values or not all(isinstance(one, str) for one in values):
        raise ConfigurationError(f"{name} in extra_body is a text or a list of texts, not {value!r}")
    return ",".join(values)


def _is_token(key: str) -> bool:
    """Whether *key* is an access token: by its form, or as it comes from a callable and has not the form of a key."""
    return _TOKEN.fullmatch(key) is not None or (isinstance(key, _account.Token) and _KEY.fullmatch(key) is None)


def _dots(given: str | None) -> int:
    return int(given) if given is not None and given.isdecimal() and 0 < int(given) <= 1200 else DPI


# --- what comes back ------------------------------------------------------------------------------------------------


@frozen
class _Operation:
    url: str
    seconds: float | None


def _operation(answer: HttpResponse) -> _Operation:
    return _Operation(answer.headers.get("operation-location", ""), _seconds(answer))


def _seconds(answer: HttpResponse) -> float | None:
    """Return the seconds that an answer asks to wait, which Azure writes as a whole number."""
    try:
        seconds = float(answer.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return None if "@" in parts.netloc else (parts.scheme, parts.hostname, port)


def _last(url: str) -> str:
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]


def _perhaps_the_last(page: OCRPage) -> OCRPage:
    return warned(
        page,
        "two pages came of a document at an address, whose pages nobody counted; the free tier (F0) reads no more of "
        "any: name the pages, or give the document itself, to be sure",
    )
