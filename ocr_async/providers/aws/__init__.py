"""
Amazon Textract by its synchronous operations, which read one page: https://docs.aws.amazon.com/textract (model of
2018-06-27 in botocore 1.44.8, and its page of set quotas; read 2026-11).

Its asynchronous ones read from S3 alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from attrs import field, frozen

from ... import formats
from ...errors import (
    AuthenticationFailed,
    ConfigurationError,
    DocumentError,
    OCRError,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from ...models import Bytes, FileOnDisk, OCRDimensions, OCRRequest, OCRResponse, OCRUsageInfo
from ...steps import Base64, Exchange, HttpRequest, HttpResponse, Sign, http, on_thread
from ...wording import shortened
from .. import LAYOUT_OPTIONS, Facts, PagePictures, _account, _pictures, _structure
from .._service import refusal, shaped
from .blocks import Blocks
from .credentials import REGIONS, chained, from_text, has_chain, in_environment, profiles_region, with_region
from .signature import Credentials, signed


__all__ = ["Textract"]

_OPERATIONS = {"detect-document-text": "DetectDocumentText", "analyze-document": "AnalyzeDocument"}
_FEATURES = ("LAYOUT", "TABLES")  # what makes a page's Markdown; the others cost more and are asked for by name
_KNOWN = ("TABLES", "FORMS", "QUERIES", "SIGNATURES", "LAYOUT")
# What may stand in extra_body for an analysis: the request's own names, and LiteLLM's for the first.
_EXTRA = {"FeatureTypes": "FeatureTypes", "feature_types": "FeatureTypes"} | {
    name: name for name in ("QueriesConfig", "AdaptersConfig", "HumanLoopConfig")
}
_DOMAINS = ("amazonaws.com", "amazonaws.com.cn")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_REGIONAL = re.compile(r"(?:^|\.)textract(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?$")
_TEMPLATE = 1000  # pixels of a page whose size cannot be told, so that its layout can be understood

# Textract tells all of these with status 400.
_ERRORS: Mapping[str, type[OCRError]] = {
    "ThrottlingException": RateLimited,
    "ProvisionedThroughputExceededException": RateLimited,
    "LimitExceededException": RateLimited,
    "UnrecognizedClientException": AuthenticationFailed,
    "InvalidSignatureException": AuthenticationFailed,
    "IncompleteSignatureException": AuthenticationFailed,
    "AccessDeniedException": AuthenticationFailed,
    "MissingAuthenticationTokenException": AuthenticationFailed,
    "ExpiredTokenException": AuthenticationFailed,
    "BadDocumentException": DocumentError,
    "UnsupportedDocumentException": DocumentError,
    "DocumentTooLargeException": DocumentError,
    "InternalServerError": ProviderUnavailable,
    "ServiceUnavailableException": ProviderUnavailable,
}


@frozen(kw_only=True)
class Textract:
    """
    One account at Amazon Textract in one region.

    Attributes:
        credentials: What signs; None asks botocore's chain of profiles and roles for each page.

        profile: Of that chain; None is the default one.

        region: Such as ``eu-west-1``.

        base_url: Without a slash at its end.

        headers: Sent besides; with an Authorization among them, nothing is signed.
    """

    name: ClassVar[str] = "aws_textract"
    facts: ClassVar[Facts] = Facts(
        options=LAYOUT_OPTIONS | {"pages", "confidence_scores_granularity", "extra_body"},
        models=tuple(_OPERATIONS),
        takes_urls=False,
        max_bytes=10 * 1024**2,
        pictures=PagePictures(longest_side=10_000),
        variables=("AWS_ACCESS_KEY_ID", "AWS_PROFILE"),
        request_ids=("x-amzn-requestid",),
        reads_files=True,
    )

    credentials: Credentials | None = None
    profile: str | None = None
    region: str
    base_url: str
    headers: Mapping[str, str] = field(factory=dict, repr=False, hash=False)

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
        Return the provider for *api_key* (``id:secret`` or ``id:secret:token``), the environment's or a profile's.

        A region may follow the key, as in ``id:secret@eu-west-1``, or stand there alone: ``@eu-west-1``.

        They go to amazonaws.com, to this machine and to the environment's own address. For another *api_base*, give
        the key in the call.

        Raises:
            ConfigurationError: No such operation, no region, or no credentials.
        """
        if model and model not in _OPERATIONS:
            raise ConfigurationError(f'aws_textract has no model "{model}"; it has {", ".join(_OPERATIONS)}')
        profile = environ.get("AWS_PROFILE") or None
        api_key, named = with_region(api_key)
        given = api_base or environ.get("AWS_ENDPOINT_URL_TEXTRACT") or environ.get("AWS_ENDPOINT_URL")
        region = named or _region(given, profile, environ)
        if not _REGION.fullmatch(region):
            raise ConfigurationError(f'"{region}" is no region of AWS')
        base = _account.address(given or _endpoint(region), ends=())
        mine = {"AWS_ACCESS_KEY_ID": in_environment(environ) or ""}
        key = _account.find_key(
            api_key,
            base,
            headers,
            mine,
            variable="AWS_ACCESS_KEY_ID",
            domain=_DOMAINS,
            named=bool(api_base),
            needed=False,
        )
        credentials = None
        if not any(name.lower() == "authorization" for name in headers):
            credentials = None if key is None else from_text(key)
            if credentials is None:
                _refuse_without(base, named=bool(api_base))
        return cls(credentials=credentials, profile=profile, region=region, base_url=base, headers=dict(headers))

    @property
    def account(self) -> tuple[str, str]:
        """Base URL, and a digest of who signs."""
        who = self.credentials.id if self.credentials is not None else f"profile {self.profile}"
        return self.base_url, _account.digest({"Authorization": who, **self.headers})

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for the one page that *request*'s document is."""
        document = request.document
        assert isinstance(document, (Bytes, FileOnDisk)), "facts.takes_urls and takes_file_ids are False"
        options = _options(request)
        size = yield from _pictures.dimensions_of(document)
        sign = yield from self._sign()
        operation = _OPERATIONS[request.model]
        return (
            yield from http(
                HttpRequest(
                    method="POST",
                    url=f"{self.base_url}/",
                    headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Textract.{operation}"},
                    credentials=self.headers,
                    json={"Document": {"Bytes": Base64(document)}, **options},
                    sign=sign,
                    parse=lambda answer: formats.read_answer(
                        answer,
                        lambda data: _response(data, request, size, answer.headers.get("x-amzn-requestid")),
                        self.name,
                    ),
                    refused=_refused,
                    pages=1,
                )
            )
        )

    def _sign(self) -> Exchange[Sign | None]:
        """Return what signs, with credentials that are good for this page."""
        if any(name.lower() == "authorization" for name in self.headers):
            return None
        credentials = self.credentials
        if credentials is None:
            profile = self.profile
            credentials = yield from on_thread(lambda: chained(profile))
        return _signer(credentials, self.region)


def _options(request: OCRRequest) -> dict[str, Any]:
    """
    Return what a request says besides the document.

    Raises:
        ConfigurationError: `extra_body` has a name or a feature that Textract has not.
    """
    analysis = request.model == "analyze-document"
    options: dict[str, Any] = {"FeatureTypes": list(_FEATURES)} if analysis else {}
    for name, value in (request.extra_body or {}).items():
        if not analysis or name not in _EXTRA:
            has = f"; it has {', '.join(_EXTRA)}" if analysis else ""
            raise ConfigurationError(f"{request.model} has no option {name} in extra_body{has}")
        options[_EXTRA[name]] = value
    features = options.get("FeatureTypes", [])
    if not isinstance(features, (list, tuple)) or not all(feature in _KNOWN for feature in features):
        raise ConfigurationError(f"FeatureTypes is a list of some of {', '.join(_KNOWN)}, not {features!r}")
    return options


def _signer(credentials: Credentials, region: str) -> Sign:
    def sign(method: str, url: str, headers: Mapping[str, str], digest: str) -> Mapping[str, str]:
        at = datetime.now(UTC)
        return signed(method, url, headers, digest, credentials=credentials, region=region, service="textract", at=at)

    return sign


def _region(address: str | None, profile: str | None, environ: Mapping[str, str]) -> str:
    if (named := _REGIONAL.search(urlsplit(address or "").hostname or "")) is not None:
        return named[1]
    found = next((value for name in REGIONS if (value := environ.get(name))), None) or profiles_region(profile)
    if not found:
        raise ConfigurationError("no region for aws_textract: set the environment variable AWS_REGION", hint="api_base")
    return found.strip()


def _endpoint(region: str) -> str:
    return f"https://textract.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def _refuse_without(base: str, *, named: bool) -> None:
    """
    Refuse an account without a key, unless botocore's chain may look for one.

    Raises:
        ConfigurationError: It is not installed, or *base* is no address for what it finds.
    """
    if not _account.is_trusted(base, _DOMAINS, named=named):
        raise ConfigurationError(
            f"no key for {urlsplit(base).hostname}: the environment's goes to Amazon and to this machine alone",
            hint="api_key",
        )
    if not has_chain():
        raise ConfigurationError(
            "no credentials for AWS: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or install "
            "'ocr_async[aws]' for profiles and roles",
            hint="api_key",
        )


def _refused(answer: HttpResponse) -> OCRError | None:
    """Return the error that an answer's body names; None leaves it to the status."""
    told = refusal(answer)
    if not isinstance(named := told.get("__type"), str):
        return None
    kind = named.rpartition("#")[2].partition(":")[0]
    said = told.get("message") or told.get("Message") or "it does not say why"
    # what comes after the first line of a refused signature is the request itself, with the session's token
    text = f"aws_textract answered {kind}: {shortened(str(said).partition(chr(10))[0], 500)}"
    cls = _ERRORS.get(kind, RequestRejected if answer.status < 500 else ProviderUnavailable)
    id = answer.headers.get("x-amzn-requestid")
    if issubclass(cls, ProviderError):
        return cls(text, provider="aws_textract", status=answer.status, request_id=id)
    return cls(text, request_id=id)


@shaped("aws_textract", "$.Blocks")
def _response(data: Any, request: OCRRequest, size: OCRDimensions | None, id: str | None) -> OCRResponse:
    width = (size and size.width) or _TEMPLATE
    height = (size and size.height) or _TEMPLATE
    blocks = Blocks(data["Blocks"], width, height)
    extra = {"key_values": blocks.key_values, "queries": blocks.queries}
    page = _structure.page_of(
        0,
        blocks.regions,
        request,
        dimensions=size,
        confidence=_structure.confidence_of(blocks.lines),
        extra={name: value for name, value in extra.items() if value},
    )
    return OCRResponse(
        pages=(page,),
        model=request.model,
        id=id,
        usage_info=OCRUsageInfo(pages_processed=int(data["DocumentMetadata"]["Pages"])),
        request_id=id,
    )
