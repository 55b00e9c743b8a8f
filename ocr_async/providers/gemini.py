"""
Gemini at Google's Developer API: https://ai.google.dev/api/generate-content (google-genai 3.6.1, read 2026-11).

A whole PDF can be sent too, but then only the prompt says which pages are meant and where one ends, and an answer that
breaks off loses the rest: so each page goes as a picture of its own.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import quote

from attrs import frozen

from .. import formats
from ..errors import AuthenticationFailed, OCRError, RateLimited, ResponseInvalid
from ..models import OCRRequest, OCRResponse
from ..steps import Base64, Exchange, HttpRequest, HttpResponse
from ..wording import shortened
from . import Facts, PagePictures, _account
from ._pictures import size_of
from ._service import inner, objects, refusal, shaped
from .chat.completion import Completion, finished
from .chat.families import GENERIC
from .chat.tries import picture_of, read_page


__all__ = ["Gemini"]

_COUNTS = {
    "promptTokenCount": "prompt_tokens",
    "candidatesTokenCount": "completion_tokens",
    "thoughtsTokenCount": "thoughts_tokens",
    "totalTokenCount": "total_tokens",
}
_SECONDS = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)s")


@frozen(kw_only=True)
class Gemini(_account.AtHome):
    """
    One key at Google's Developer API.

    Attributes:
        api_key: Sent as x-goog-api-key; None for a caller whose own headers carry a token.

        base_url: Without ``/v1beta``.
    """

    name: ClassVar[str] = "gemini"
    facts: ClassVar[Facts] = Facts(
        options=GENERIC.options,
        models=("gemini-flash-latest", "gemini-flash-lite-latest"),  # Google moves these on to its newest
        takes_urls=False,
        # of a picture inline: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/models/gemini/3-flash, 2026-11
        max_bytes=7_000_000,
        variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        pictures=PagePictures(longest_side=GENERIC.longest_side),
    )
    key_header: ClassVar[str] = "x-goog-api-key"
    home: ClassVar[_account.Home] = _account.Home(
        base="https://generativelanguage.googleapis.com",
        variables=("GEMINI_API_BASE",),
        domain="googleapis.com",
        ends=("/v1beta/models", "/v1beta"),
    )

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for the page that *request*'s picture shows, and again where the answer is of no use."""
        given = (request.extra_body or {}).get("generationConfig") or {}
        temperatures = GENERIC.temperatures[:1] if "temperature" in given else None
        size = size_of(request.document)
        return read_page(request, GENERIC, size, lambda warm: self._asked(request, warm), temperatures)

    def _asked(self, request: OCRRequest, temperature: float) -> HttpRequest[Completion]:
        own = dict(request.extra_body or {})
        prompt = own.pop("prompt", GENERIC.prompt)
        settings = {"temperature": temperature, **(own.pop("generationConfig", None) or {})}
        document = picture_of(request)
        picture = {"inlineData": {"mimeType": document.mime, "data": Base64(document)}}
        model = quote(request.model.removeprefix("models/"), safe="")
        body = {
            "contents": [{"role": "user", "parts": [picture, {"text": prompt}]}],
            "generationConfig": {name: value for name, value in settings.items() if value is not None},
            **own,
        }
        return self.request(
            "POST",
            f"/v1beta/models/{model}:generateContent",
            lambda answer: formats.read_answer(answer, _completion, self.name),
            json=body,
        )

    def refused(self, answer: HttpResponse) -> OCRError | None:
        """Google calls a wrong key a bad argument, and tells in the body how long to wait."""
        error = inner(refusal(answer), "error")
        if inner(error, "message") is None:
            return None
        details, said = objects(error.get("details")), shortened(str(error["message"]), 500)
        if any(detail.get("reason") == "API_KEY_INVALID" for detail in details):
            return AuthenticationFailed(f"gemini does not accept the key: {said}", provider=self.name)
        if answer.status != 429:
            return None
        delays = (_SECONDS.fullmatch(str(detail.get("retryDelay"))) for detail in details)
        delay = next((float(found[1]) for found in delays if found is not None), None)
        return RateLimited(f"gemini answered 429: {said}", provider=self.name, retry_after=delay)


def _completion(data: Any) -> Completion:
    """
    Read the body of an answer.

    Raises:
        ResponseInvalid: It is none.
    """
    with shaped("gemini"):
        blocked = (data.get("promptFeedback") or {}).get("blockReason")
        candidates = data.get("candidates") or ()
        candidate = candidates[0] if candidates else None
        if candidate is None and blocked is None:
            raise ResponseInvalid("the answer has no candidates", path="$.candidates")
        reason = None if candidate is None else candidate.get("finishReason")
        parts = [] if candidate is None else (candidate.get("content") or {}).get("parts") or ()
        text = "".join(str(part.get("text") or "") for part in parts if not part.get("thought"))
        usage = data.get("usageMetadata") or {}
        counts = {name: count for key, name in _COUNTS.items() if type(count := usage.get(key)) is int}
        if "thoughts_tokens" in counts:  # billed as written; Google counts them apart, OpenAI among those written
            counts["completion_tokens"] = counts.get("completion_tokens", 0) + counts["thoughts_tokens"]
    facts = {"model": data.get("modelVersion"), "id": data.get("responseId"), "usage": counts}
    if candidate is None:
        error = ResponseInvalid(f"gemini does not read the page: blockReason is {str(blocked)[:40]!r}")
        return Completion(transcript=None, error=error, **facts)
    # text that it finds to be someone else's ends with RECITATION, at another temperature often not
    return finished(
        text,
        family=GENERIC,
        size=None,
        reason=str(reason),
        whole=reason == "STOP",
        cut=reason == "MAX_TOKENS",
        again=reason == "RECITATION",
        facts=facts,
    )
