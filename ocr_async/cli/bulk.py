"""``ocr-async bulk``: thousands of documents into a folder, which knows what was done and goes on from there."""

from __future__ import annotations

import argparse
import asyncio
import glob
import hashlib
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from .._api import OCR
from .._platform.signals import on_stop
from .._tasks import beside
from ..bulk.batch_notes import known
from ..bulk.executors.batch import BYTES, PAGES, Batch, share_of
from ..bulk.executors.choice import choose
from ..bulk.executors.receipts import FOLDER as RECEIPTS
from ..bulk.executors.receipts import clear, left
from ..bulk.ledger import Ledger
from ..bulk.pausing import Paused
from ..bulk.publish import results
from ..bulk.report import Report, export_lines, manifest, report
from ..bulk.runner import Runner
from ..bulk.schema import FOLDER
from ..bulk.standing import STATES, Standing
from ..bulk.summary import STEM, summarize
from ..bulk.window import Window
from ..call.options import Given
from ..errors import ConfigurationError
from ..export import forms
from ..wording import counted_from_one
from .bulk_watch import Watch, watching
from .inputs import STDIN, Found, Input, each
from .messages import WORDS, fail, printable, say
from .names import safe, same


__all__ = ["main"]

_PAUSED, _INTERRUPTED = 75, 130
_AT_ONCE = 1000  # paths in one transaction of the ledger
_MAGIC = frozenset("*?[")
_RETRIED = ("failed", "partial", "dead")


def main(arguments: argparse.Namespace) -> int:
    """Do the action of *arguments*; return the exit code."""
    actions = {"run": _run, "status": _status, "retry": _retry, "export": _export}
    try:
        return actions[arguments.action](arguments)
    except ConfigurationError as error:
        return fail("ocr-async", error)
    except Paused as pause:
        say(f"ocr-async: paused: {pause}")
        return _PAUSED


# --- the actions --------------------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace) -> int:
    out = Path(arguments.out)
    model = arguments.model or os.environ.get("OCR_ASYNC_MODEL") or "local"
    settings = {"model": model, "api_base": arguments.api_base, "lang": arguments.lang, "form": arguments.format}
    _client(settings, arguments)  # what is wrong with an option is said before a folder is made
    for name in arguments.documents:
        if os.path.isdir(name) and out.is_dir() and out.samefile(name):
            raise ConfigurationError(f"--out {out} is the folder of the documents: name one in it, or beside it")
    ledger = Ledger.open(out, left(_receipts(out, arguments)))
    try:
        ledger.begin(settings)
        found = Found([])
        count = _add(ledger, out, arguments.format, _inputs(arguments.documents, out, found))
        if found.left_out and not arguments.quiet:
            say(f"ocr-async: {found.left_out} left out (no documents)")
        return _work(ledger, out, settings, arguments, count)
    finally:
        ledger.close()


def _retry(arguments: argparse.Namespace) -> int:
    out = Path(arguments.out)
    states = arguments.only.split(",")
    if wrong := [state for state in states if state not in _RETRIED]:
        raise ConfigurationError(f'--only takes some of {", ".join(_RETRIED)}, and not "{wrong[0]}"')
    Standing.look(out).close()  # it makes none
    ledger = Ledger.open(out, left(_receipts(out, arguments)))
    try:
        ledger.begin({})
        count = ledger.again(states)
        say(f"ocr-async: {count} to be read again")
        return _work(ledger, out, ledger.settings(), arguments, ledger.add_all())
    finally:
        ledger.close()


def _status(arguments: argparse.Namespace) -> int:
    with Standing.look(Path(arguments.out)) as ledger:
        found = report(ledger)
        for state in STATES:
            print(f"{found.counts[state]:>9}  {state}")
        print(f"{found.inputs:>9}  inputs in all, {found.duplicates} of them duplicates")
        print(f"{found.pages:>9}  pages, {found.cost:.4f} USD{' and more' if found.unpriced else ''}")
        for row in ledger.rows():
            if row["state"] in _RETRIED:
                print(printable(f"{row['state']}: {os.fsdecode(row['path'])}: {row['cause']}"))
    return 0 if found.adds_up else 1


def _export(arguments: argparse.Namespace) -> int:
    out = Path(arguments.out)
    target = None if arguments.output in {None, "-"} else Path(arguments.output)
    try:
        with Standing.look(out) as ledger:
            count, gone = export_lines(ledger, out, target, sys.stdout.buffer)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ConfigurationError(f"{arguments.output} cannot be written: {error.strerror}") from error
    say(f"ocr-async: {count} exported" + (f", {gone} whose results are gone" if gone else ""))
    return int(bool(gone))


# --- the inputs ---------------------------------------------------------------------------------------------------


def _inputs(named: Sequence[str], out: Path, found: Found) -> Iterator[Input]:
    """Yield the documents that *named* stand for, never those below *out*, without a list of them all."""
    names = list(_expanded(named))
    below = f"{out.resolve()}{os.sep}"
    for one in each([name for name in names if name != STDIN], found, recursive=True, besides=out):
        yield _file(one, below)
    if STDIN in names:
        for line in sys.stdin.buffer:
            if name := os.fsdecode(line.rstrip(b"\r\n")):
                for one in each([name], found, recursive=True, besides=out):
                    yield _file(one, below)


def _expanded(named: Sequence[str]) -> Iterator[str]:
    for name in named:
        if _MAGIC & set(name) and not os.path.lexists(name):
            matches = sorted(glob.iglob(name, recursive=True))
            if not matches:
                raise ConfigurationError(f"{name} matches no file")
            yield from matches
        else:
            yield name


def _file(given: Input, below: str) -> Input:
    if given.error is not None:
        raise ConfigurationError(f"{given.name}: {given.error}")
    if given.path is None:
        raise ConfigurationError(f"{given.shown} is no file: bulk reads files and folders; `ocr-async run` reads URLs")
    if os.path.realpath(given.path).startswith(below):
        raise ConfigurationError(f"{given.name} lies in the folder of results; an output is never an input")
    return given


def _add(ledger: Ledger, out: Path, form: str, inputs: Iterable[Input]) -> int:
    def taken(stem: str) -> bool:
        return any(os.path.lexists(path) for path in results(out, stem, form).values())

    own = {same(STEM), *([same("bulk")] if form == "jsonl" else [])}

    def rows() -> Iterator[tuple[str, Sequence[str], Callable[[str], bool]]]:
        for one in inputs:
            assert one.path is not None, "_file has looked"
            whole = safe(one.relative)
            stems = [os.path.splitext(whole)[0], whole]
            # the manifest, the report and the ledger's folder have their names already
            stems = [f"_{s}" if s[:1] == "." or same(s) in own else s for s in stems]
            yield os.path.abspath(one.path), stems, taken

    count = 0
    waiting = rows()
    while batch := [row for row, _ in zip(waiting, range(_AT_ONCE), strict=False)]:
        count += ledger.add(batch, same)
    return count


# --- the work -----------------------------------------------------------------------------------------------------


def _client(settings: dict[str, Any], arguments: argparse.Namespace) -> OCR:
    options: Given = {
        "model": settings["model"],
        "api_base": settings["api_base"],
        "lang": settings["lang"],
        **forms.options_for(settings["form"], settings["model"]),  # type: ignore[typeddict-item]
        "pages_per_request": arguments.pages_per_request,
        "max_concurrency": arguments.concurrency,
        "timeout": None,  # each request has its own, and a document may have thousands of pages
        "on_error": "partial",
    }
    return OCR(**options)


def _receipts(out: Path, arguments: argparse.Namespace) -> Path:
    """Return the folder by which pages come from workers; one that jobs share holds one for each."""
    if arguments.shared is None:
        return out / FOLDER / RECEIPTS
    shared = Path(arguments.shared)
    if not shared.is_dir():
        raise ConfigurationError(f"--shared {shared} is no folder")
    job = hashlib.sha256(f"{platform.node()} {out.resolve()}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return shared / f"ocr-async-{job}"


def _work(ledger: Ledger, out: Path, settings: Any, arguments: argparse.Namespace, count: int) -> int:
    if ledger.in_flight:
        say(f"ocr-async: an earlier run died with up to {ledger.in_flight} pages under way, which may be billed again")
    receipts = _receipts(out, arguments)
    clear(receipts)  # the ledger has them
    client = _client(settings, arguments)
    how, workers, scheduler = arguments.executor, arguments.workers, arguments.scheduler
    executor = choose(how, client, workers=workers, scheduler=scheduler, folder=receipts)
    if arguments.batch_api:
        if arguments.executor != "local":
            raise ConfigurationError("--batch-api has the provider do the work; leave out --executor")
        executor = Batch(ledger, client, arguments.batch_hours)
    elif known(ledger):  # they are paid for
        executor = Batch(ledger, client, arguments.batch_hours, executor)
    with watching(arguments, settings["model"]) as watch:
        runner = Runner(
            ledger=ledger,
            out=out,
            client=client,
            executor=executor,
            price_share=share_of(client) if arguments.batch_api else 1.0,
            window=Window(1, PAGES, BYTES) if arguments.batch_api else Window(1),
            form=settings["form"],
            max_cost=arguments.max_cost,
            patience=arguments.patience,
            worded=lambda error: f"{type(error).__name__}: {counted_from_one(error.worded(WORDS))}",
            changed=watch.changed,
        )
        anyio.run(_until_done, runner, watch)
        found = report(ledger)
        watch.ended(runner, found)
    return _end(ledger, out, runner, found, quiet=arguments.quiet)


async def _until_done(runner: Runner, watch: Watch) -> None:
    with suppress(RuntimeError, ValueError):  # not on each thread
        on_stop(asyncio.get_running_loop(), runner.stop)
    await watch.begin(runner)
    async with beside(watch.regularly()):
        await runner.run()


def _end(ledger: Ledger, out: Path, runner: Runner, found: Report, *, quiet: bool) -> int:
    lines = manifest(ledger, out)
    summarize(ledger, out)
    if not quiet:
        say(f"ocr-async: {found.words()}")
    if not found.adds_up or lines != found.inputs:
        say("ocr-async: the counts do not add up; please report this with the folder .ocr-async")
        return 1
    if runner.wrong is not None:
        return fail("ocr-async", runner.wrong)
    if runner.reason is not None:
        say(f"ocr-async: paused: {runner.reason}")
        say("ocr-async: the same command goes on from here")
        return _PAUSED
    if runner.interrupted:
        say("ocr-async: interrupted; the same command goes on from here")
        return _INTERRUPTED
    return 0 if found.whole else 1
