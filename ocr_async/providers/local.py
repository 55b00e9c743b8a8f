"""
The embedded engine as a provider: it asks for computation instead of HTTP, and needs no key.

A batch of pages is read from the PDF's text layer in one go; the pages without a usable one are drawn and recognised
side by side. What goes wrong on one page costs that page.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Literal, Self

from attrs import define, evolve, frozen

from ..engine.ocr import languages, tessdata, tiny
from ..engine.values import Engine, OutputFormat, PageOptions, Recogniser, UncertainPage, damaged, warned
from ..errors import ConfigurationError, DocumentError, EngineCrashed, EngineError, OCRError, PasswordRequired
from ..models import Bytes, FileOnDisk, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo
from ..steps import Compute, Exchange, compute, on_thread, page_ready, together
from ..wording import closest
from . import LAYOUT_OPTIONS, Facts


__all__ = ["Local"]

Mode = Literal["auto", "text", "ocr"]
_Answer = OCRPage | UncertainPage | OCRError | None  # of a page's text layer, as `engine.pdf.digital` tells it

_MODES: Mapping[str, Mode] = {
    "": "auto",
    "auto": "auto",
    "text": "text",
    "ocr": "ocr",
    "tesseract": "ocr",
    "fast": "auto",
}
_RECOGNISERS: Mapping[str, Engine] = {"tesseract": "tesseract", "fast": "tiny"}
_PARSING_SECONDS = 20.0
_DRAWING_SECONDS = 8.0  # of a page on which its parser ended, perhaps for want of time
_RECOGNISING_SECONDS = 120.0  # of one page; includes loading the models the first time
_MOST_CRASHES = 5  # pages of a batch that may end their worker; each takes seconds of a processor

_OPTIONS = LAYOUT_OPTIONS | {"include_image_base64", "confidence_scores_granularity", "lang", "docling_extra"}

# docling names the way to tesseract by it: the program, or the bindings that are used here. Instead of those that are
# not here, whoever fits reads, as `applied_settings` tells. Source of the names: docling-serve 1.38, read 2026-11.
_ENGINES: Mapping[object, Engine] = {
    "auto": "auto",
    "easyocr": "auto",
    "ocrmac": "auto",
    "kserve_v2_ocr": "auto",
    "nemotron-ocr": "auto",
    "rapidocr": "rapidocr",
    "tesseract": "tesseract",
    "tesserocr": "tesseract",
}

# Opper's names of what docling can be told. There is one way here to read tables, and it is the accurate one.
_DOCLING: Mapping[str, tuple[object, ...]] = {
    "output_format": ("markdown", "md", "html", "text", "json"),
    "ocr_engine": tuple(_ENGINES),
    "force_ocr": (True, False),
    "table_mode": ("accurate", "fast"),
}
_LANGUAGES = ("ocr_lang", "lang")  # docling-serve's name, and that of Opper's newer route

_OUTPUT_FORMATS: Mapping[Any, OutputFormat] = {"html": "html", "text": "text", "json": "json"}

_NEEDED = {
    "liteparse": "liteparse",
    "pypdfium2": "pypdfium2",
    "PIL": "pillow",
    "numpy": "numpy",
    "cv2": "opencv-python-headless",
    "onnxruntime": "onnxruntime",
    "rapidocr": "rapidocr",
    "markdown_it": "markdown-it-py",
}


def _lacking(model: str) -> str | None:
    return {"tesseract": tessdata.lacking, "fast": tiny.lacking}.get(model, lambda: None)()


@frozen
class Local:
    """
    The engine of this machine.

    Its models are ``auto``, ``text`` (text layers only), ``ocr`` (no text layers), ``tesseract``, which is ``ocr`` with
    another recogniser, and ``fast``, which is ``auto`` with the tiny network alone.
    """

    name: ClassVar[str] = "local"
    facts: ClassVar[Facts] = Facts(
        options=_OPTIONS,
        models=("auto", "text", "ocr", "tesseract", "fast"),
        lacking=_lacking,
        takes_urls=False,
        batch_pages=50,
        local=True,
    )

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
        Return the engine; keys, addresses and headers mean nothing to it.

        Raises:
            ConfigurationError: The extra ``local`` is not installed.
        """
        if missing := _missing():
            raise ConfigurationError(
                f"the embedded engine needs {', '.join(missing)}: pip install 'ocr_async[local]'", hint="hosted"
            )
        return cls()

    @property
    def account(self) -> tuple[str, str]:
        """There is no server and no key to share."""
        return "local", ""

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """
        Read *request*'s pages; a page that cannot be read is in `OCRResponse.missing_pages`.

        Raises:
            ConfigurationError: There is no such model or option, or a language that nobody here knows.
        """
        mode, recogniser = _mode(request)
        if strange := [language for language in recogniser.languages if not languages.offered(language)]:
            # data of one's own, or a slip of the pen; a document with a text layer would never find out
            yield from on_thread(lambda: tessdata.require(strange))
        document = request.document
        assert isinstance(document, (FileOnDisk, Bytes)), "facts.takes_urls and takes_file_ids are False"
        started = time.perf_counter()
        form = _OUTPUT_FORMATS.get((request.docling_extra or {}).get("output_format"), "markdown")
        wanted = PageOptions.of(request, form)
        crashes = _Crashes()
        found = yield from _read(document, request.pages, mode, wanted, crashes)
        scans = [index for index, page in found.items() if page is None or isinstance(page, UncertainPage)]
        if mode == "auto":  # perhaps its picture can be read
            scans += [index for index, page in found.items() if isinstance(page, (EngineError, EngineCrashed))]

        def scan(index: int) -> Exchange[OCRPage | OCRError]:
            return _scan(document, index, wanted, recogniser, found[index], crashes)

        waiting = iter(scans)
        lanes = min(len(scans), (os.cpu_count() or 1) + 2)  # one more than the recogniser takes at once
        yield from together([_lane(waiting, scan, found) for _ in range(lanes)])
        pages = tuple(page for _, page in sorted(found.items()) if isinstance(page, OCRPage))
        if mode == "text" and pages and not any(page.markdown for page in pages):
            raise DocumentError("no page has a text layer", hint="recognise")
        seconds = time.perf_counter() - started
        return OCRResponse(
            pages=pages,
            model=f"local/{request.model if request.model in _RECOGNISERS else mode}",
            usage_info=OCRUsageInfo(
                pages_processed=len(pages),
                doc_size_bytes=document.size,
                processing_time_seconds=round(seconds, 3),
                time_per_page_seconds=round(seconds / len(found), 4) if found else None,
                applied_settings={
                    "mode": mode,
                    "pages_recognised": len(scans),
                    **({"ocr_engine": recogniser.engine} if _names_engine(request, recogniser) else {}),
                    **({"languages": list(recogniser.languages)} if recogniser.languages else {}),
                },
            ),
            missing_pages={index: page for index, page in sorted(found.items()) if isinstance(page, OCRError)},
        )


def _names_engine(request: OCRRequest, recogniser: Recogniser) -> bool:
    return recogniser.engine != "auto" or (request.docling_extra or {}).get("ocr_engine") is not None


def _mode(request: OCRRequest) -> tuple[Mode, Recogniser]:
    """
    Return how pages are read and by whom, of the model's name, the language and docling's options.

    Raises:
        ConfigurationError: There is no such model or option.
    """
    if request.model not in _MODES:
        has = ", ".join(Local.facts.models)
        near = closest(request.model, Local.facts.models)
        meant = f'; did you mean "local/{near}"?' if near else ""
        raise ConfigurationError(f'the embedded engine has no model "{request.model}"; it has {has}{meant}')
    asked = dict(request.docling_extra or {})
    languages_asked = [asked.pop(name, None) for name in _LANGUAGES]
    for name, value in asked.items():
        if name not in _DOCLING:
            has = ", ".join((*_DOCLING, *_LANGUAGES))
            raise ConfigurationError(f'docling_extra has no option "{name}"; it has {has}')
        if value is not None and value not in _DOCLING[name]:
            raise ConfigurationError(
                f"the embedded engine cannot do docling_extra[{name!r}] = {value!r}; "
                f"it takes {', '.join(map(repr, _DOCLING[name]))}"
            )
    named = next((each for each in (request.lang, *languages_asked) if each is not None), None)
    engine = _RECOGNISERS.get(request.model) or _ENGINES[asked.get("ocr_engine") or "auto"]
    recogniser = Recogniser(engine=engine, languages=languages.named(named))
    if request.model != "tesseract" and recogniser.engine == "tesseract" and not tessdata.has_package():
        recogniser = evolve(recogniser, engine="auto")
    _check(recogniser)
    return "ocr" if asked.get("force_ocr") else _MODES[request.model], recogniser


def _check(recogniser: Recogniser) -> None:
    """
    Raise `ConfigurationError` where nobody here can read as *recogniser* says.

    Which data of languages there are is for the worker to find out, as it may have to wait for the disk.
    """
    beyond = [language for language in recogniser.languages if languages.foreign(language)]
    if recogniser.engine == "tiny" and (what := tiny.lacking()) is not None:
        raise ConfigurationError(f"local/fast needs its network: {what}")
    if recogniser.engine == "tiny" and beyond:
        raise ConfigurationError(f"local/fast cannot read {', '.join(beyond)}; local can")
    if recogniser.engine == "rapidocr" and beyond:
        raise ConfigurationError(f"rapidocr cannot read {', '.join(beyond)}; tesseract can, and auto finds that out")
    if (recogniser.engine == "tesseract" or beyond) and not tessdata.has_package():
        raise ConfigurationError(f"{'+'.join(beyond) or 'local/tesseract'} needs tesseract: {tessdata.lacking(beyond)}")


@define
class _Crashes:
    """How often pages of a document ended their worker: after some times, the others are not looked at."""

    count: int = 0

    def of_page(self, index: int, error: OCRError) -> OCRError:
        """Count *error*; return it with the page that it is about in its text."""
        self.count += isinstance(error, EngineCrashed) and self.count < _MOST_CRASHES
        return _of_page(index, error)

    def unread(self, index: int) -> OCRError | None:
        """Return what page *index* comes to unread; None if it is to be read."""
        if self.count < _MOST_CRASHES:
            return None
        return _of_page(index, EngineCrashed(f"not read, because pages ended their worker {self.count} times"))


def _read(
    document: FileOnDisk | Bytes, pages: Sequence[int] | None, mode: Mode, wanted: PageOptions, crashes: _Crashes
) -> Exchange[dict[int, _Answer]]:
    """Return each page as its text layer gives it; what is to be recognised is None or `UncertainPage`."""
    if (document.mime or "").startswith("image/") and document.mime != "image/tiff" and mode != "text":
        return dict.fromkeys(pages if pages is not None else (0,))
    found: dict[int, _Answer] = {}
    careful = pages is not None and len(pages) == 1
    while pages is None or pages:
        step: dict[str, Any] = {
            "document": document,
            "pages": pages,
            "mode": mode,
            "wanted": wanted,
            "careful": careful,
        }
        try:
            found.update((yield from compute("read", seconds=_PARSING_SECONDS, **step)) or ())
            break
        except (EngineError, EngineCrashed) as error:
            found.update(error.partial)
            if pages is None:
                pages = range((yield from compute("count", seconds=_PARSING_SECONDS, document=document)))
            pages = [index for index in pages if index not in found]
            if (careful or len(pages) == 1) and pages:
                # One page after another was read, so the first that did not come is the one that ended the worker.
                known = crashes.of_page(pages[0], error)
                part = pages[:1] if crashes.unread(pages[0]) is None else pages
                found.update((yield from _plain(step, part, known, crashes)))
                pages = pages[len(part) :]
            careful = True
    for page in found.values():
        if isinstance(page, OCRPage):
            yield from page_ready(page)
    return found


def _plain(
    step: Mapping[str, Any], pages: Sequence[int], known: OCRError, crashes: _Crashes
) -> Exchange[dict[int, _Answer]]:
    """Return the bare text of *pages*, the first of which came to *known* when read as *step* says; or their errors."""
    try:
        came = yield from compute("read", seconds=_DRAWING_SECONDS, **{**step, "pages": pages, "plain": True})
    except (EngineError, EngineCrashed) as error:
        crashes.of_page(pages[0], error)
        came = error.partial
    lost = {index: crashes.unread(index) or known for index in pages}
    return {**lost, pages[0]: known, **{index: page for index, page in came or () if _says_something(page)}}


def _says_something(page: _Answer) -> bool:
    return isinstance(page, OCRPage) or (isinstance(page, UncertainPage) and page.why != "broken")


def _lane(
    waiting: Iterator[int], scan: Callable[[int], Exchange[OCRPage | OCRError]], found: dict[int, _Answer]
) -> Exchange[None]:
    """Recognise one page after the other of those *waiting*, into *found*."""
    for index in waiting:
        found[index] = yield from scan(index)


def _scan(
    document: FileOnDisk | Bytes,
    index: int,
    wanted: PageOptions,
    recogniser: Recogniser,
    known: _Answer,
    crashes: _Crashes,
) -> Exchange[OCRPage | OCRError]:
    """Return the recognised page *index*; with a text layer *known*, the better of both; or the error of that."""
    seconds = _DRAWING_SECONDS if isinstance(known, EngineCrashed) else _PARSING_SECONDS
    picture = Compute(task="raster", arguments={"document": document, "page": index}, seconds=seconds)
    try:
        if (unread := crashes.unread(index)) is not None:
            raise unread
        page: OCRPage = yield from compute(
            "recognise",
            worker="recogniser",
            seconds=_RECOGNISING_SECONDS,
            raster=picture,
            index=index,
            wanted=wanted,
            recogniser=recogniser,
        )
    except (PasswordRequired, ConfigurationError):
        raise
    except (EngineError, DocumentError) as error:
        counted = crashes.of_page(index, error)
        if isinstance(known, OCRError):
            return known
        if not isinstance(known, UncertainPage) or known.why == "broken":
            return counted
        drawn = known.why == "drawn"
        if drawn and type(error) is not DocumentError:
            return counted
        instead = "comes empty, as it has no text" if drawn else "is what its text layer says"
        page = warned(known.page, f"this page could not be recognised, and {instead}: {error}")
    else:
        if isinstance(known, OCRError):
            page = warned(page, f"the text layer of this page could not be read, so that it was recognised: {known}")
        if isinstance(known, UncertainPage):
            page = known.better(page)
            if known.why == "broken" and not page.markdown:
                return damaged(index)
    yield from page_ready(page)
    return page


def _of_page(index: int, error: OCRError) -> OCRError:
    """Return *error* with the page that it is about in its text, and without the frames that hold the document."""
    text = str(error.args[0])
    if text.startswith(f"page {index} "):
        return error.with_traceback(None)
    return type(error)(f"page {index} (from 0): {text}", hint=error.hint)


@cache
def _missing() -> tuple[str, ...]:
    return tuple(package for module, package in _NEEDED.items() if importlib.util.find_spec(module) is None)
