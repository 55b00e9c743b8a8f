"""``ocr-async run``: documents in, one output each: into a folder as they are read, on stdout in their order."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
from anyio.abc import ObjectReceiveStream
from attrs import define, field

from .. import export
from .._api import OCR, aocr_stream
from ..call.many import OCRResult, Results
from ..call.options import Given
from ..errors import (
    ConfigurationError,
    DocumentError,
    OCRError,
    PagesMissing,
    PasswordRequired,
    ProviderError,
    is_of_the_key,
)
from ..export import forms
from ..models import Bytes, FileOnDisk, OCRResponse
from ..pages import from_one
from ..wording import counted
from . import passwords
from .inputs import STDIN, Found, Input, find, listed
from .interrupt import Interrupt
from .messages import fail, printable, say
from .outputs import Identity, Job, Target, Unwritable, identities, partial_file, plan, refuse_inputs, write_whole
from .progress import Progress, progress


__all__ = ["main"]

_PAUSED = 75
_TRIES = 3  # to type a password


def main(arguments: argparse.Namespace) -> int:
    """Read the documents that *arguments* name; return the exit code."""
    try:
        run = _Run.prepared(arguments)
    except ConfigurationError as error:
        return fail("ocr-async", error)
    try:
        code = run.all()
    except Unwritable as error:
        say(f"ocr-async: {error}")
        code = error.exit_code
    finally:
        run.close()
    return code


@define(eq=False)
class _Run:
    """
    The documents to read, where their results go, and what came of them so far.

    Attributes:
        several: Whether there may be several results, however many there are this time: the next run adds to them.
    """

    arguments: argparse.Namespace
    found: Found
    jobs: list[Job]
    target: Target
    options: Given
    password: str | None
    protected: Mapping[Identity, str]
    outputs: frozenset[Path | None]
    several: bool
    stdin: bytes = b""
    skipped: int = 0
    pages: int = 0
    cost: float = 0.0
    unpriced: bool = False
    codes: list[int] = field(factory=list)
    stopped: int | None = None  # the exit code of what makes it useless to go on
    started: float = field(factory=time.monotonic)

    @classmethod
    def prepared(cls, arguments: argparse.Namespace) -> _Run:
        """
        Return the run that *arguments* ask for; what is wrong with it is said here, before anything is read.

        Raises:
            ConfigurationError: It would lose something, or its options make no sense.
        """
        options: Given = {
            "model": arguments.model,
            "pages": from_one(arguments.pages) if arguments.pages else None,
            "lang": arguments.lang,
            "api_base": arguments.api_base,
            "timeout": arguments.timeout,
        }
        named = [*arguments.documents, *(listed(arguments.source) if arguments.source else ())]
        if named.count(STDIN) and arguments.source == STDIN:
            raise ConfigurationError(
                "standard input cannot be both a document (-) and the list of documents (--from -)"
            )
        several = bool(arguments.source) or len(named) != 1 or os.path.isdir(named[0])
        target = Target.of(arguments, several=several)
        found = find(named, recursive=arguments.recursive, besides=target.path if target.folder else None)
        for form in (target.form, *(["csv"] if arguments.tables else [])):
            forms.require(form)
        if target.form in {"pdf", "pdfa"} and (away := next((each for each in found.inputs if _is_away(each)), None)):
            raise ConfigurationError(
                f"{away.shown}: a searchable PDF is made of the document itself; download it first"
            )
        options.update(forms.options_for(target.form, arguments.model))  # type: ignore[typeddict-item]
        if arguments.images:
            options["include_image_base64"] = True
        OCR(**options)  # what is wrong with an option is said once, not for each document
        jobs = plan(found.inputs, target, apart=target.folder or bool(arguments.images or arguments.tables))
        protected = identities(found.inputs)
        outputs = frozenset(job.file for job in jobs)
        password = passwords.given(arguments)
        run = cls(arguments, found, jobs, target, options, password, protected, outputs, several or target.folder)
        run._refuse_or_skip()
        return run

    def _refuse_or_skip(self) -> None:
        arguments = self.arguments
        outputs = [job.file for job in self.jobs] if self.target.folder else [self.target.path]
        there = refuse_inputs(outputs, self.protected)
        if arguments.failed:
            refuse_inputs([Path(arguments.failed)], self.protected)
        if arguments.skip_existing:
            left = [job for job in self.jobs if job.file is None or not job.file.exists()]
            self.skipped, self.jobs = len(self.jobs) - len(left), left
        elif there and self.target.folder and not arguments.overwrite:
            first = next(job.file for job in self.jobs if job.file is not None and job.file.exists())
            raise ConfigurationError(
                f"{counted(there, 'result')} there already, such as {first}: say --skip-existing or --overwrite"
            )

    # reading

    def all(self) -> int:
        """Read the documents; return the exit code."""
        total = len(self.jobs)
        for job in self.jobs:
            if job.input.error is not None:
                self._failed(job, DocumentError(job.input.error))
            elif job.input.name == STDIN:
                self.stdin = sys.stdin.buffer.read()
        if not total:
            return 0
        self.target.prepare()
        locked = anyio.run(self._read, self.jobs, self.password, passwords.can_ask() and self.password is None)
        for job in locked:
            if self.stopped is None:
                self._unlock(job)
        if self.stopped is not None:
            return self.stopped
        return self.codes[0] if total == 1 else int(any(self.codes))

    def _unlock(self, job: Job) -> None:
        """Ask for the password of a document that the others were read without."""
        for left in reversed(range(_TRIES)):
            password = passwords.ask(job.input.shown)
            asking = left > 0 and password is not None
            if not anyio.run(self._read, [job], password, asking) or not asking:
                return

    async def _read(self, jobs: list[Job], password: str | None, asking: bool) -> list[Job]:
        """Read *jobs*; return those that want a password, if somebody can be asked for it."""
        locked: list[Job] = []
        jobs = [job for job in jobs if job.input.error is None]
        with Interrupt() as interrupt, progress(len(jobs), quiet=self.arguments.quiet) as shown:
            options: Given = {**self.options, "on_event": shown.observe}
            documents = (job.input.document(password, self.stdin) for job in jobs)
            async with aocr_stream(documents, ordered=not self.target.folder, **options) as results:
                try:
                    while self.stopped is None and (each := await interrupt.unless(results.receive)) is not None:
                        await self._finish(each, jobs[each.index], locked if asking else None, shown)
                except ProviderError as error:  # no document's fault: the others would fail alike
                    with shown.paused():
                        self._failed(next(job for job in jobs if job.state == "waiting"), error, stopped=True)
                if self.target.folder:
                    await self._finish_ready(results, jobs, shown)
        if interrupt.called:
            raise KeyboardInterrupt
        return locked

    async def _finish_ready(self, results: ObjectReceiveStream[OCRResult], jobs: list[Job], shown: Progress) -> None:
        """Write what is read already, and perhaps paid for, and waits for its turn."""
        assert isinstance(results, Results)
        while True:
            try:
                each = results.receive_nowait()
            except (anyio.WouldBlock, anyio.EndOfStream):
                return
            if not isinstance(each.error, ConfigurationError):  # that is said once
                await self._finish(each, jobs[each.index], None, shown)

    async def _finish(self, result: OCRResult, job: Job, locked: list[Job] | None, shown: Progress) -> None:
        if locked is not None and _opens_by_password(result):
            locked.append(job)
        elif result.response is None:
            assert result.error is not None
            with shown.paused():
                self._failed(job, result.error)
            came = result.error.response if isinstance(result.error, PagesMissing) else None
            if came is not None and came.pages:
                await self._finish_partial(result, came, job, shown)
        else:
            try:
                with shown.paused() if self.target.path is None else contextlib.nullcontext():
                    await self._count_and_write(result, result.response, job, job.file, shown)
            except Unwritable as error:
                self._unwritten(job, error, shown)
            except OCRError as error:  # there is no such form of this document
                with shown.paused():
                    self._failed(job, error)
            else:
                job.state = "done"
                self.codes.append(0)
            _warn(job.input.shown, result.response, shown)
        shown.advance()

    async def _finish_partial(self, result: OCRResult, came: OCRResponse, job: Job, shown: Progress) -> None:
        """Write the pages that came, and perhaps cost something, of a document that others are missing of."""
        file = partial_file(job.file, self.outputs, self.protected)
        if file is None:
            return
        try:
            await self._count_and_write(result, came, job, file, shown)
        except (Unwritable, OCRError) as error:
            text = str(error)
        else:
            text = f"the {counted(len(came.pages), 'page')} that came: {file}"
        with shown.paused():
            say(f"{job.input.shown}: {text}")

    async def _count_and_write(
        self, result: OCRResult, response: OCRResponse, job: Job, file: Path | None, shown: Progress
    ) -> None:
        self.pages += len(response.pages)
        self.cost += response.cost.total if response.cost is not None else 0.0
        self.unpriced |= response.cost is None and response.provider != "local"
        made = await export.made_for(self.target.form, result.document, response)
        for warning in made.warnings:
            with shown.paused():
                say(f"{job.input.shown}: {warning}")
        await anyio.to_thread.run_sync(partial(self._write, job, file, response, made))

    def _unwritten(self, job: Job, error: Unwritable, shown: Progress) -> None:
        """Go on where the others may have a place nevertheless, such as those of other folders."""
        if not self.target.folder or error.exit_code == _PAUSED:
            raise error
        with shown.paused():
            say(f"{job.input.shown}: {error}")
        job.state = "failed"
        self.codes.append(error.exit_code)

    def _failed(self, job: Job, error: OCRError, *, stopped: bool = False) -> None:
        code = fail(job.input.shown, error)
        job.state = "failed"
        self.codes.append(code)
        if isinstance(error, ConfigurationError):
            self.stopped = code  # it is the call that is wrong, and all others are called alike
        elif len(self.jobs) > 1 and (stopped or is_of_the_key(error)):
            say("ocr-async: paused, as the others would fail alike; go on with --skip-existing")
            self.stopped = _PAUSED

    # writing

    def _write(self, job: Job, file: Path | None, response: OCRResponse, made: export.Made) -> None:
        name = job.input.shown
        if self.arguments.tables is not None:
            home = self._home(job, self.arguments.tables)
            try:
                export.save_tables(response, home, protected=self.protected)
            except OSError as error:
                raise Unwritable(str(home), error) from None
        if self.arguments.images is not None:
            home = self._home(job, self.arguments.images)
            here = file.parent if file is not None else Path.cwd()
            try:
                response = export.save_images(response, home, relative_to=here, protected=self.protected)
            except OSError as error:
                raise Unwritable(str(home), error) from None
        text = export.render(response, self.target.form, name=name, pictures=made.pictures, pdf=made.pdf)
        if isinstance(text, str) and not self.target.folder and len(self.jobs) > 1:
            text = self._headed(name, text)
        write_whole(file, text)

    def _home(self, job: Job, folder: str) -> Path:
        """Return where in *folder* the parts of *job*'s result go: that of one document alone needs no folder."""
        return Path(folder) / job.stem if self.several else Path(folder)

    def _headed(self, name: str, text: str) -> str:
        """Return *text* under a line that says whose it is, in the forms that have no place for a name of their own."""
        between = "\n" if any(job.state == "done" for job in self.jobs) else ""
        if self.target.form == "md":
            return f"{between}<!-- {printable(name).replace('>', '&gt;')} -->\n\n{text}"
        return f"{between}==> {printable(name)} <==\n{text}" if self.target.form == "text" else text

    # the end

    def close(self) -> None:
        """Write the list of what failed or was not read, and say what became of it all."""
        if self.arguments.failed:
            self._list_failed()
        if self.arguments.quiet:
            return
        failed = sum(job.state == "failed" for job in self.jobs)
        waiting = sum(job.state == "waiting" for job in self.jobs)
        parts = [f"{sum(job.state == 'done' for job in self.jobs)} done", f"{failed} failed"]
        parts += [f"{self.skipped} skipped"] if self.arguments.skip_existing else []
        parts += [f"{waiting} not read"] if waiting else []
        parts += [f"{self.found.left_out} left out (no documents)"] if self.found.left_out else []
        cost = "an unknown price" if self.unpriced and not self.cost else f"{self.cost:.4f} USD"
        at_least = "at least " if self.unpriced and self.cost else ""
        parts += [counted(self.pages, "page"), f"{time.monotonic() - self.started:.1f} s", f"{at_least}{cost}"]
        say(f"ocr-async: {', '.join(parts)}")
        if self.found.not_entered and not self.found.inputs:
            say(f"ocr-async: {counted(self.found.not_entered, 'folder')} not entered: -r goes into folders")

    def _list_failed(self) -> None:
        again = [job.input.again for job in self.jobs if job.state != "done"]
        broken = [name for name in again if "\n" in name or name == STDIN]
        for name in broken:
            say(f"ocr-async: {name} cannot be listed in {self.arguments.failed}")
        lines = "".join(f"{name}\n" for name in again if name not in broken)
        try:
            write_whole(Path(self.arguments.failed), lines)
        except Unwritable as error:
            say(f"ocr-async: {error}")


def _is_away(document: Input) -> bool:
    return document.path is None and document.name != STDIN and document.error is None


def _opens_by_password(result: OCRResult) -> bool:
    """Whether the document wants another password than it had, if any; some are encrypted so that none would help."""
    error, document = result.error, result.document
    if not isinstance(error, PasswordRequired) or not isinstance(document, (Bytes, FileOnDisk)):
        return False
    return error.hint == "password" or bool(document.password)


def _warn(name: str, response: OCRResponse, shown: Progress) -> None:
    """Say on standard error what the engine says of pages that it could not read well."""
    for page in response.pages:
        warnings = page.extra.get("warnings")
        for warning in warnings if isinstance(warnings, list) else ():
            with shown.paused():
                say(f"{name}: page {page.index + 1}: {warning}")
