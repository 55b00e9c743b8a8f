"""The pictures of figures, which Azure keeps beside a result: one request each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from attrs import evolve

from ...engine.values import warned
from ...errors import ProviderError
from ...models import OCRImage, OCRPage, OCRResponse
from ...steps import Exchange, HttpRequest, http, together


__all__ = ["with_figures"]

_AT_ONCE = 4  # each is a request among the few that are allowed a second


def with_figures(response: OCRResponse, ask: Callable[[str], HttpRequest[str]]) -> Exchange[OCRResponse]:
    """
    Return *response* with the pictures that its pages name; one that does not come costs its page a warning.

    Args:
        ask: Makes the request for a figure, by Azure's id of it.
    """
    wanted = iter([image for page in response.pages for image in page.images if "figure" in image.extra])
    found: dict[str, str | ProviderError] = {}
    yield from together([_lane(wanted, ask, found) for _ in range(_AT_ONCE)])
    return evolve(response, pages=tuple(_pictured(page, found) for page in response.pages))


def _lane(
    wanted: Iterator[OCRImage], ask: Callable[[str], HttpRequest[str]], found: dict[str, str | ProviderError]
) -> Exchange[None]:
    for image in wanted:
        name = str(image.extra["figure"])
        try:
            found[name] = yield from http(ask(name))
        except ProviderError as error:
            found[name] = error


def _pictured(page: OCRPage, found: Mapping[str, str | ProviderError]) -> OCRPage:
    images, warnings = [], []
    for image in page.images:
        picture = found.get(str(image.extra.get("figure")))
        if isinstance(picture, ProviderError):
            warnings.append(f"the picture {image.id} did not come: {picture.args[0]}")
        images.append(evolve(image, image_base64=picture) if isinstance(picture, str) else image)
    return warned(evolve(page, images=tuple(images)), *warnings)
