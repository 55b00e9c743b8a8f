"""``ocr-async run``: documents in, one output each, in their order."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from attrs import define, field

from .. import export
from .._api import OCR, aocr_stream
from ..call.many import OCRResult
from ..call.options import Given
from ..errors import ConfigurationError, OCRError
from ..models import OCRPage, OCRResponse
from .inputs import document, exit_code, from_one
from .messages import fail
from .progress import Progress, progress


__all__ = ["main"]

_ENDINGS = {"md": ".md", "json": ".json", "jsonl": ".jsonl", "text": ".txt", "html": ".html"}
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


def main(arguments: argparse.Namespace) -> int:
    """Read the documents that *arguments* name; return the exit code."""
    try:
        return anyio.run(_run, arguments)
    except ConfigurationError as error:
        return fail("ocr-async", error)
    except _Unwritable as error:
        print(f"ocr-async: {error}", file=sys.stderr)
        return error.exit_code


async def _run(arguments: argparse.Namespace) -> int:
    target = _Target.of(arguments)
    given: Given = {
        "model": arguments.model,
        "pages": from_one(arguments.pages) if arguments.pages else None,
        "lang": arguments.lang,
        "api_base": arguments.api_base,
        "timeout": arguments.timeout,
    }
    if arguments.images or target.format == "html":
        given["include_image_base64"] = True
    OCR(**given)  # what is wrong with an option is said once, not for each document
    with progress(len(arguments.documents), quiet=arguments.quiet) as shown:
        given["on_event"] = shown.observe
        documents = [document(text, arguments.password) for text in arguments.documents]
        async with aocr_stream(documents, ordered=True, **given) as results:
            codes = [
                await _finish(each, arguments.documents[each.index], documents[each.index], target, shown)
                async for each in results
            ]
    return exit_code(codes)


async def _finish(result: OCRResult, name: str, given: Any, target: _Target, shown: Progress) -> int:
    try:
        response = result.unwrap()
    except OCRError as error:
        with shown.paused():
            code = fail(name, error)
    else:
        pictures = await _pictures(given, response) if target.format == "html" else {}
        with shown.paused():
            await anyio.to_thread.run_sync(partial(target.write, name, response, pictures))
            _warn(name, response)
        code = 0
    shown.advance()
    return code


def _warn(name: str, response: OCRResponse) -> None:
    """Say on standard error what the engine says of pages that it could not read well."""
    for page in response.pages:
        warnings = page.extra.get("warnings")
        for warning in warnings if isinstance(warnings, list) else ():
            print(f"{name}: page {page.index + 1}: {warning}", file=sys.stderr)


async def _pictures(document: Any, response: OCRResponse) -> dict[int, bytes]:
    """Return a picture of each page, as far as they can be drawn."""
    from ..export.pictures import can_draw, picture

    found: dict[int, bytes] = {}
    if not can_draw(document):
        return found

    async def draw(page: OCRPage) -> None:
        if (jpeg := await picture(document, page)) is not None:
            found[page.index] = jpeg

    async with anyio.create_task_group() as tasks:
        for page in response.pages:
            tasks.start_soon(draw, page)
    return found


class _Unwritable(Exception):
    """There is no place for a result where it should go."""

    def __init__(self, place: str, error: OSError) -> None:
        super().__init__(f"{place} cannot be written: {error.strerror or error}")
        self.exit_code = 75 if error.errno in _DISK else 2


@define
class _Target:
    """Where the results go, and in which form."""

    format: str
    path: Path | None  # None is standard output
    folder: bool
    images: Path | None
    several: bool
    taken: set[Path] = field(factory=set)

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> _Target:
        path = None if arguments.output in {None, "-"} else Path(arguments.output)
        several = len(arguments.documents) > 1
        folder = path is not None and (path.is_dir() or arguments.output.endswith(("/", os.sep)))
        if path is not None and several and not folder:
            if path.exists() or path.suffix:
                raise ConfigurationError(f"several documents need a folder after -o, and {path} is none; end it with /")
            folder = True
        by_ending = {ending: name for name, ending in _ENDINGS.items()}
        form = arguments.format or by_ending.get(path.suffix if path and not folder else "") or "md"
        images = Path(arguments.images) if arguments.images else None
        return cls(form, path, folder, images, several)

    def write(self, document: str, response: OCRResponse, pictures: Mapping[int, bytes]) -> None:
        """Write one result, whole or not at all; *pictures* of its pages are for HTML."""
        stem = "stdin" if document == "-" else Path(document.rstrip("/").partition("?")[0]).stem or "document"
        file = self._file(stem)
        if self.images is not None:
            home = self.images / stem if self.several else self.images
            try:
                response = export.save_images(response, home, relative_to=file.parent if file else Path.cwd())
            except OSError as error:
                raise _Unwritable(str(home), error) from None
        text = export.render(response, self.format, name=document, pictures=pictures)
        try:
            _write(file, text)
        except BrokenPipeError:  # nobody reads any more, which is no fault
            raise
        except OSError as error:
            raise _Unwritable("standard output" if file is None else str(file), error) from None

    def _file(self, stem: str) -> Path | None:
        if self.path is None or not self.folder:
            return self.path
        number, file = 1, self.path / f"{stem}{_ENDINGS[self.format]}"
        while file in self.taken:  # two documents of one name from different folders
            number += 1
            file = self.path / f"{stem}-{number}{_ENDINGS[self.format]}"
        self.taken.add(file)
        return file


def _write(file: Path | None, text: str) -> None:
    if file is None:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file = file.resolve()
    if file.exists() and not file.is_file():  # a device or a pipe is there to be written into
        file.write_text(text, encoding="utf-8")
        return
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        aside.write_text(text, encoding="utf-8")
        os.replace(aside, file)
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()
