"""
Vision models behind OpenAI's chat API: a picture of each page goes to the model, and what it says becomes a page.

Which prompt a model wants and what its answer looks like, its name says (`families`). Sources, read 2026-11: vLLM's
recipes (https://github.com/vllm-project/recipes), Ollama's OpenAI compatibility (https://docs.ollama.com), and the
repositories of the models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Self, cast

from attrs import evolve, frozen

from ... import formats
from ...errors import ConfigurationError
from ...models import Bytes, FileOnDisk, OCRDimensions, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo
from ...steps import Base64, Exchange, HttpRequest, HttpResponse, compute, http
from .. import Facts, PagePictures, _account
from .._structure import Box, Region, page_of
from .answer import NOWHERE, Size, Transcript
from .completion import Completion, completion_of
from .families import GENERIC, Family, family_of
from .picture import size_of


__all__ = ["Chat", "HostedVLLM", "Ollama", "OpenAICompatible", "pages_of"]

_MOST_BYTES = 20 * 1024**2  # of a picture; OpenAI's own limit is higher, that of many proxies is not
_VERSIONED = re.compile(r"/v\d+[a-z]*\Z")
_CROPPING_SECONDS = 30.0


@frozen(kw_only=True)
class Chat(_account.Hosted):
    """
    One server that speaks OpenAI's chat API.

    Attributes:
        api_key: None sends no Authorization header, as for a server of one's own.

        base_url: With its version, without ``/chat/completions``.
    """

    family: ClassVar[Family] = GENERIC
    facts: ClassVar[Facts]
    extras: ClassVar[bool] = True
    """Whether the server understands what vLLM added to the API."""
    bases: ClassVar[tuple[str, ...]]
    """Environment variables that may hold the address."""
    default: ClassVar[str | None] = None

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
        Return the server at *api_base* or where the environment says; what is asked of it depends on *model*'s family.

        An address with a version (``/v1``) is kept, one that ends in ``/chat/completions`` too; any other gets ``/v1``.

        Raises:
            ConfigurationError: There is no address, or no usable one.
        """
        named = next((value for name in cls.bases if (value := environ.get(name))), None)
        given = api_base or named or cls.default
        if given is None:
            raise ConfigurationError(f"{cls.name} has no address: give api_base, or set {cls.bases[0]}")
        base = _address(given)
        key = _account.find_key(api_key, base, headers, environ, **cls._keys(base), named=bool(api_base))
        found: type[Self] = _of_family(cast("Any", cls), family_of(model))
        return found(api_key=key, base_url=base, headers=dict(headers))

    @classmethod
    def _keys(cls, base: str) -> Any:
        """Return the variables that may hold the key for *base*, and the domain that is the service's own."""
        return {"variable": cls.facts.variables, "domain": ()}

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for the page that *request*'s picture shows, and once more where the answer is of no use."""
        size = size_of(request.document)
        own = request.extra_body or {}
        temperatures = self.family.temperatures[:1] if "temperature" in own else self.family.temperatures
        tries: list[Completion] = []
        for temperature in temperatures:
            tries.append((yield from http(self._request(request, temperature, size))))
            if not tries[-1].again:
                break
        return (yield from pages_of(tries, request, size, self.family))

    def _request(self, request: OCRRequest, temperature: float, size: Size | None) -> HttpRequest[Completion]:
        own = dict(request.extra_body or {})
        prompt = own.pop("prompt", self.family.prompt)
        picture = {"type": "image_url", "image_url": {"url": inline(request)}}
        body = {
            "model": request.model,
            "messages": [{"role": "user", "content": [picture, {"type": "text", "text": prompt}]}],
            "temperature": temperature,
            **self.family.body,
            **(self.family.vllm if self.extras else {}),
            **own,
        }

        def parse(answer: HttpResponse) -> Completion:
            return formats.read_answer(answer, lambda data: completion_of(data, self.family, size), self.name)

        return HttpRequest(
            method="POST",
            url=f"{self.base_url}/chat/completions",
            headers={"Accept": "application/json"},
            credentials=self.credentials,
            json={name: value for name, value in body.items() if value is not None},
            parse=parse,
        )


@frozen(kw_only=True)
class OpenAICompatible(Chat):
    """Any server that speaks OpenAI's chat API: ``openai_compatible/<model>``."""

    name: ClassVar[str] = "openai_compatible"
    facts: ClassVar[Facts] = Facts(
        options=GENERIC.options,
        takes_urls=False,
        max_bytes=_MOST_BYTES,
        max_concurrency=8,
        variables=("OPENAI_COMPATIBLE_API_KEY", "OPENAI_LIKE_API_KEY"),
    )
    bases: ClassVar[tuple[str, ...]] = ("OPENAI_COMPATIBLE_API_BASE", "OPENAI_LIKE_API_BASE")

    @classmethod
    def _keys(cls, base: str) -> Any:
        if base.startswith("https://api.openai.com/"):
            return {"variable": "OPENAI_API_KEY", "domain": "openai.com"}
        return {"variable": cls.facts.variables, "domain": ()}


@frozen(kw_only=True)
class HostedVLLM(Chat):
    """A vLLM of one's own: ``hosted_vllm/<model>``, as LiteLLM calls it."""

    name: ClassVar[str] = "hosted_vllm"
    facts: ClassVar[Facts] = Facts(
        options=GENERIC.options,
        models=(
            "deepseek-ai/DeepSeek-OCR-2",
            "rednote-hilab/dots.ocr",
            "allenai/olmOCR-2-7B-1025-FP8",
            "nanonets/Nanonets-OCR2-3B",
            "zai-org/GLM-OCR",
            "ibm-granite/granite-docling-258M",
        ),
        takes_urls=False,
        max_bytes=_MOST_BYTES,
        max_concurrency=16,
        variables=("HOSTED_VLLM_API_KEY",),
    )
    bases: ClassVar[tuple[str, ...]] = ("HOSTED_VLLM_API_BASE",)


@frozen(kw_only=True)
class Ollama(Chat):
    """An Ollama: ``ollama/<model>``, at port 11434 of this machine unless an address is given."""

    name: ClassVar[str] = "ollama"
    facts: ClassVar[Facts] = Facts(
        options=GENERIC.options,
        takes_urls=False,  # data URIs alone, https://docs.ollama.com/api/openai-compatibility
        max_bytes=_MOST_BYTES,
        max_concurrency=2,  # it answers one request at a time by default; the second is ready when the first is done
        variables=("OLLAMA_API_KEY",),
    )
    extras: ClassVar[bool] = False
    bases: ClassVar[tuple[str, ...]] = ("OLLAMA_API_BASE",)
    default: ClassVar[str | None] = "http://localhost:11434"

    @classmethod
    def _keys(cls, base: str) -> Any:
        return {"variable": cls.facts.variables, "domain": "ollama.com"}


@cache
def _of_family(cls: Any, family: Family) -> Any:
    """Return *cls* with the facts of *family*: facts are a class's, and differ with what a model's answers tell."""
    facts = evolve(
        cls.facts,
        options=family.options,
        # boxes are parts of the picture that was sent, so it has to be one whose size is known
        pictures=PagePictures(
            longest_side=family.longest_side,
            accepts=frozenset() if family.placed else frozenset({"image/png", "image/jpeg"}),
        ),
    )
    return type(cls.__name__, (cls,), {"__slots__": (), "family": family, "facts": facts})


def _address(given: str) -> str:
    text = given.strip().rstrip("/")
    base = _account.address(text, ends=("/chat/completions",))
    whole = text.endswith("/chat/completions")
    return base if whole or _VERSIONED.search(base) else f"{base}/v1"


# --- what other providers that read pictures need too -------------------------------------------------------------


def inline(request: OCRRequest) -> Base64:
    """Return *request*'s picture as a data URI."""
    document = request.document
    if not isinstance(document, (Bytes, FileOnDisk)):
        raise ConfigurationError("a vision model is given a picture's bytes, not its address")
    return Base64(document, prefix=f"data:{document.mime};base64,")


def pages_of(tries: list[Completion], request: OCRRequest, size: Size | None, family: Family) -> Exchange[OCRResponse]:
    """Return the response that *tries* at one page make together: the last that gave a page counts."""
    usage: dict[str, int] = {}
    for each in tries:
        for name, count in each.usage.items():
            usage[name] = usage.get(name, 0) + count
    last = next((each for each in reversed(tries) if each.transcript is not None), tries[-1])
    pages: tuple[OCRPage, ...] = ()
    if last.transcript is not None:
        warnings = [*last.transcript.warnings, *([family.warning] if family.warning else [])]
        if last.looped:
            warnings.append(f"the page ends in the same words over and over, in each of {len(tries)} tries")
        if not last.transcript.regions:
            warnings.append("the model says nothing of this page")
        page = yield from _page(last.transcript, request, size, warnings)
        pages = (page,)
    return OCRResponse(
        pages=pages,
        model=last.model or request.model,
        id=last.id,
        usage_info=OCRUsageInfo(pages_processed=len(pages), extra=usage),
        missing_pages={0: last.error} if last.error is not None else {},
    )


def _page(transcript: Transcript, request: OCRRequest, size: Size | None, warnings: list[str]) -> Exchange[OCRPage]:
    boxes = [region.box for region in transcript.regions if region.type == "image" and region.box != NOWHERE]
    shown: dict[Box, bytes] = {}
    if request.include_image_base64 and boxes and size is not None:
        corners = [(box.left, box.top, box.right, box.bottom) for box in boxes]
        crops = yield from compute(
            "crop", seconds=_CROPPING_SECONDS, document=request.document, boxes=corners, width=size[0]
        )
        shown = dict(zip(boxes, crops, strict=True))
    page = page_of(
        0,
        transcript.regions,
        request,
        dimensions=None if size is None else OCRDimensions(width=size[0], height=size[1]),
        picture=shown.get,
        warnings=warnings,
    )
    return _without_nowhere(evolve(page, extra={**transcript.extra, **page.extra}), transcript.regions)


def _without_nowhere(page: OCRPage, regions: tuple[Region, ...]) -> OCRPage:
    """Return *page* without the elements and blocks of text whose place the model did not tell."""
    if all(region.box != NOWHERE for region in regions):
        return page
    nowhere = {"x": 0, "y": 0, "width": 0, "height": 0}
    elements = tuple(each for each in page.elements or () if each.bbox is not None and each.bbox != nowhere)
    blocks = tuple(each for each in page.blocks or () if each.bottom_right_x or each.bottom_right_y)
    return evolve(page, elements=elements or None, blocks=None if page.blocks is None else blocks)
