"""
Vision models behind OpenAI's chat API: a picture of each page goes to the model, and what it says becomes a page.

Which prompt a model wants and what its answer looks like, its name says (`families`). Sources, read 2026-11: vLLM's
recipes (https://github.com/vllm-project/recipes), Ollama's OpenAI compatibility (https://docs.ollama.com), and the
repositories of the models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar, Self, TypeVar, cast

from attrs import evolve, frozen

from ... import formats
from ...errors import ConfigurationError, OCRError
from ...models import OCRRequest, OCRResponse
from ...steps import Base64, Exchange, HttpRequest, http
from .. import Facts, PagePictures, _account
from .._pictures import size_of
from ..annotating import Annotation, AnnotationRequest
from .answer import Size
from .completion import Completion, completion_of
from .families import GENERIC, Family, family_of
from .structured import annotation_of, messages, response_format
from .tries import picture_of, read_page


__all__ = ["Chat", "HostedVLLM", "Ollama", "OpenAICompatible"]

T = TypeVar("T")

_MOST_BYTES = 20 * 1024**2  # of a picture; OpenAI's own limit is higher, that of many proxies is not
_VERSIONED = re.compile(r"/v\d+[a-z]*\Z")


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
    domain: ClassVar[str | tuple[str, ...]] = ()
    """The service's own, to which the environment's key may go."""

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
            raise ConfigurationError(f"no address for {cls.name}: set {cls.bases[0]}, or give it", hint="api_base")
        base = _address(given)
        key = _account.find_key(api_key, base, headers, environ, **cls._keys(base), named=bool(api_base))
        found: type[Self] = _of_family(cast("Any", cls), family_of(model))
        return found(api_key=key, base_url=base, headers=dict(headers))

    @classmethod
    def _keys(cls, base: str) -> Any:
        """Return the variables that may hold the key for *base*, and the domain that is its own."""
        return {"variable": cls.facts.variables, "domain": cls.domain}

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for the page that *request*'s picture shows, and once more where the answer is of no use."""
        size = size_of(request.document)
        temperatures = self.family.temperatures[:1] if "temperature" in (request.extra_body or {}) else None
        return read_page(request, self.family, size, lambda warm: self._request(request, warm, size), temperatures)

    def annotation(self, request: AnnotationRequest) -> Exchange[Annotation]:
        """Describe *request*'s pages by its schema; see `ocr_async.providers.annotating`."""
        body = {
            "model": request.model,
            "messages": messages(request),
            "response_format": response_format(request.schema),
            # OpenAI's newer models refuse any temperature
            "temperature": None if _account.is_at_home(self.base_url, "openai.com") else 0.0,
        }
        answer = yield from http(self._chat(body, lambda data: annotation_of(data, request)))
        if isinstance(answer, OCRError):
            raise answer
        return answer

    def _request(self, request: OCRRequest, temperature: float, size: Size | None) -> HttpRequest[Completion]:
        own = dict(request.extra_body or {})
        prompt = own.pop("prompt", self.family.prompt)
        document = picture_of(request)
        picture = {"type": "image_url", "image_url": {"url": Base64(document, f"data:{document.mime};base64,")}}
        body = {
            "model": request.model,
            "messages": [{"role": "user", "content": [picture, {"type": "text", "text": prompt}]}],
            "temperature": temperature,
            **self.family.body,
            **(self.family.vllm if self.extras else {}),
            **own,
        }
        return self._chat(body, lambda data: completion_of(data, self.family, size))

    def _chat(self, body: Mapping[str, Any], read: Callable[[Any], T]) -> HttpRequest[T]:
        said = {name: value for name, value in body.items() if value is not None}
        return self.request(
            "POST", "/chat/completions", lambda answer: formats.read_answer(answer, read, self.name), json=said
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
        return super()._keys(base)


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
    domain: ClassVar[str | tuple[str, ...]] = "ollama.com"


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
