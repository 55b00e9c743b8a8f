"""``ocr-async bulk``: thousands of documents into a folder, which knows what was done and goes on from there."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import platform
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import anyio
from attrs import define

from ..._api import OCR
from ..._platform.signals import on_stop
from ..._tasks import beside
from ...bulk.batch_notes import known
from ...bulk.executors.choice import choose
from ...bulk.executors.receipts import FOLDER as RECEIPTS
from ...bulk.executors.receipts import clear, left
from ...bulk.inputs import Named
from ...bulk.ledger import Ledger
from ...bulk.pausing import Paused
from ...bulk.publish import names
from ...bulk.reporting.report import Report, export_lines, manifest, report
from ...bulk.reporting.summary import summarize
from ...bulk.runner import Runner
from ...bulk.schema import FOLDER
from ...bulk.shards import Shard
from ...bulk.standing import STATES, Standing
from ...bulk.store.port import Store
from ...bulk.window import Window
from ...call.options import Given
from ...errors import ConfigurationError, ProviderError
from ...export import forms
from ...wording import counted
from ..inputs import STDIN, Found, Input
from ..messages import BULK_WORDS, described, fail, printable, say
from ..names import same
from ..outputs import Unwritable, file_and_form, identities, put, refuse_inputs
from .folder import Folder
from .inputs import Sources
from .job import Job
from .progress import Watch, watching


if TYPE_CHECKING:  # what few jobs need is loaded for them: a job that goes on begins to work at once
    from .shared import SharedJob

__all__ = ["main"]

_PAUSED, _INTERRUPTED = 75, 130
_AT_ONCE = 1000  # paths in one transaction of the ledger
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
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise
        say(
            f"ocr-async: the ledger of {arguments.out} is damaged ({error}): take it from a backup, or recover it by "
            "sqlite3's .recover"
        )
        return ConfigurationError.exit_code
    except ProviderError as error:  # a bucket that may not be asked, or is out of service
        say(f"ocr-async: paused: {error.worded(BULK_WORDS)}")
        return _PAUSED


# --- the actions --------------------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace) -> int:
    shard = None if arguments.shard is None else Shard.of(arguments.shard)
    job = Job.of(arguments.out, arguments.ledger).divided(shard)
    model = arguments.model or os.environ.get("OCR_ASYNC_MODEL") or "local"
    settings = {"model": model, "api_base": arguments.api_base, "lang": arguments.lang, "form": arguments.format}
    settings |= job.settings
    settings |= {} if shard is None else {"shard": str(shard)}
    if arguments.lease and shard is not None:
        raise ConfigurationError("--lease and --shard are two ways to divide a job; leave out one")
    settings |= {"lease": True} if arguments.lease else {}
    forms.require(arguments.format)
    _client(settings, arguments)  # what is wrong with an option is said before a folder is made
    job.refuse(arguments.documents)
    sources = Sources(job, arguments.format, Found([]), arguments.manifest, shard, watched=arguments.watch)
    documents = sources.expanded(arguments.documents)
    if arguments.events not in {None, STDIN}:
        refuse_inputs(
            [Path(arguments.events)], identities(Input(each, "") for each in [*documents, *arguments.manifest])
        )
    shared = _shared(job, arguments, settings) if arguments.lease else None
    job.make()
    ledger = Ledger.open(job.folder, left(_receipts(job, arguments)))
    try:
        if shard is None and (part := ledger.settings().get("shard")):
            raise ConfigurationError(f"this is the ledger of part {part} of a job: say --shard {part}")
        if shared is None and ledger.settings().get("lease"):
            raise ConfigurationError("this job is shared with other machines: say --lease")
        ledger.begin(settings)
        work = _Work(arguments, job, ledger, settings, shared)
        if job.apart and not arguments.quiet:
            say(f"ocr-async: the ledger, without which this job does not go on, lies in {job.folder}")
        if arguments.strict:
            sources.look_through()
            sources.refuse_broken()
        if arguments.watch:
            return work.watch(sources)
        work.add(ledger, sources.named(documents))
        if arguments.strict:
            sources.refuse_broken()  # of standard input, which is looked through once
        if sources.found.left_out and not arguments.quiet:
            say(f"ocr-async: {sources.found.left_out} left out (no documents)")
        code = work.done()
        if sources.broken:
            say(f"ocr-async: {counted(sources.broken, 'broken line')} left out")
        return code or int(bool(sources.broken or sources.unseen))
    finally:
        ledger.close()


def _retry(arguments: argparse.Namespace) -> int:
    job = Job.of(arguments.out, arguments.ledger)
    states = arguments.only.split(",")
    if wrong := [state for state in states if state not in _RETRIED]:
        raise ConfigurationError(f'--only takes some of {", ".join(_RETRIED)}, and not "{wrong[0]}"')
    Standing.look(job.folder).close()  # it makes none
    ledger = Ledger.open(job.folder, left(_receipts(job, arguments)))
    try:
        ledger.begin(job.settings)
        if part := ledger.settings().get("shard"):
            job = job.divided(Shard.of(part))
        settings = dict(ledger.settings())
        shared = _shared(job, arguments, settings, states) if settings.get("lease") else None
        count = ledger.again(states)
        say(f"ocr-async: {count} to be read again")
        ledger.add_all()
        return _Work(arguments, job, ledger, settings, shared).done()
    finally:
        ledger.close()


def _status(arguments: argparse.Namespace) -> int:
    job = Job.of(arguments.out, arguments.ledger)
    with Standing.look(job.folder) as ledger:
        found = report(ledger)
        for state in STATES:
            print(f"{found.counts[state]:>9,}  {state}")
        _count(found.inputs, "input", f" in all, of them {counted(found.duplicates, 'duplicate')}")
        _count(found.pages, "page", f", {found.cost:.4f} USD{' and more' if found.unpriced else ''}")
        jobs, items = ledger.in_batch_jobs()
        if jobs:
            _count(items, "document", f" in {counted(jobs, 'batch job')} at the provider")
        for row in ledger.rows():
            if row["state"] in _RETRIED:
                print(printable(f"{row['state']}: {os.fsdecode(row['path'])}: {row['cause']}"))
        wrong = _verify(ledger, job) if arguments.verify else 0
    return 0 if found.adds_up and not wrong else 1


def _verify(ledger: Standing, job: Job) -> int:
    """Say which results are not as the ledger says; return how many."""
    from ...bulk.verify import verify

    whole = wrong = 0
    for document, why in verify(ledger, job.out):
        if why is None:
            whole += 1
        else:
            wrong += 1
            print(printable(f"wrong: {document}: {why}"))
    _count(whole, "whole result", f", {wrong} wrong")
    return wrong


def _count(count: int, noun: str, more: str) -> None:
    number, words = counted(count, noun).split(" ", 1)
    print(f"{number:>9}  {words}{more}")


def _export(arguments: argparse.Namespace) -> int:
    job = Job.of(arguments.out, arguments.ledger)
    kinds = {"jsonl": forms.FORMS["jsonl"], "parquet": (".parquet",)}
    target, form = file_and_form(arguments.output, arguments.format, kinds)
    if form == "parquet" and target is None:
        raise ConfigurationError("Parquet cannot be written to standard output: name a file with -o")
    export: Callable[[Standing, Store, IO[bytes]], tuple[int, int]] = export_lines
    if form == "parquet":
        from ...bulk.parquet import export_pages as export
    count = gone = 0

    def write(file: IO[bytes]) -> None:
        nonlocal count, gone
        count, gone = export(ledger, job.out, file)

    with Standing.look(job.folder) as ledger:
        refuse_inputs([target], identities(Input(os.fsdecode(row["path"]), "") for row in ledger.rows()))
        try:
            put(target, write)
        except Unwritable as error:
            say(f"ocr-async: {error}")
            return error.exit_code
    say(f"ocr-async: {count} exported" + (f", {gone} whose results are gone" if gone else ""))
    return int(bool(gone))


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


def _shared(job: Job, arguments: argparse.Namespace, settings: dict[str, Any], again: Sequence[str] = ()) -> SharedJob:
    if arguments.batch_api:
        raise ConfigurationError("--lease has several machines read, and --batch-api the provider; leave out one")
    from .shared import SharedJob

    return SharedJob.of(job, settings, arguments.lease_seconds, again)


def _receipts(job: Job, arguments: argparse.Namespace) -> Path:
    """Return the folder by which pages come from workers; one that jobs share holds one for each."""
    if arguments.shared is None:
        return job.folder / FOLDER / RECEIPTS
    shared = Path(arguments.shared)
    if not shared.is_dir():
        raise ConfigurationError(f"--shared {shared} is no folder")
    named = f"{platform.node()} {job.folder.resolve()}"
    return shared / f"ocr-async-{hashlib.sha256(named.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


@define(eq=False)
class _Work:
    """
    What a command has to do.

    Attributes:
        settings: Of the job.

        shared: What it agrees on with other machines, if they share it.
    """

    arguments: argparse.Namespace
    job: Job
    ledger: Ledger
    settings: dict[str, Any]
    shared: SharedJob | None

    def add(self, ledger: Ledger, found: Iterable[Named]) -> int:
        """Note in the *ledger* what was *found*; return how much it is."""
        shared, left = self.shared, iter(found)

        def taken(stem: str) -> bool:
            there = any(self.job.out.taken(name) for name in names(stem, self.settings["form"]).values())
            return there and not (shared is not None and shared.joined())  # they are the others'

        count = 0
        while some := list(islice(left, _AT_ONCE)):
            count += ledger.add(some, taken, same)
        if shared is not None:
            shared.begin()
        return count

    def watch(self, sources: Sources) -> int:
        """Read what there is, and what comes, until it is told to stop."""
        inputs = self.arguments.documents
        if STDIN in inputs or self.arguments.manifest:
            raise ConfigurationError("--watch looks at folders again and again, and not at lists: name a folder")
        self.ledger.add_all()
        return self.done(Folder(self.ledger, sources, inputs, self.add))

    def done(self, folder: Folder | None = None) -> int:
        """Read what is to be read, and what comes into *folder*; return the exit code."""
        arguments, ledger, shared = self.arguments, self.ledger, self.shared
        if (log := arguments.events) and (ledger.has(os.path.abspath(log)) or ledger.has(os.path.realpath(log))):
            raise ConfigurationError(f"--events {log} is a document of this job: name another file")
        if ledger.in_flight:
            lost = counted(ledger.in_flight, "page")
            say(f"ocr-async: an earlier run died with up to {lost} under way, which may be billed again")
        receipts = _receipts(self.job, arguments)
        clear(receipts)  # the ledger has them
        client = _client(self.settings, arguments)
        how, workers, scheduler = arguments.executor, arguments.workers, arguments.scheduler
        executor = choose(how, client, workers=workers, scheduler=scheduler, folder=receipts)
        window, price_share = Window(1), 1.0
        if arguments.batch_api or known(ledger):  # what is in a job is paid for
            from ...bulk.executors import batch

            executor = batch.Batch(ledger, client, arguments.batch_hours, None if arguments.batch_api else executor)
            if arguments.batch_api:
                if how != "local":
                    raise ConfigurationError("--batch-api has the provider do the work; leave out --executor")
                window, price_share = Window(1, batch.PAGES, batch.BYTES), batch.share_of(client)
        sharing = None if shared is None else shared.run(receipts)
        with watching(arguments, self.settings["model"]) as watch:
            runner = Runner(
                ledger=ledger,
                folder=self.job.folder,
                copies=receipts,
                places=self.job.places,
                out=self.job.out if shared is None or sharing is None else shared.results(sharing),
                sharing=sharing,
                client=client,
                executor=executor,
                price_share=price_share,
                window=window,
                form=self.settings["form"],
                max_cost=arguments.max_cost,
                patience=arguments.patience,
                worded=partial(described, words=BULK_WORDS),
                changed=watch.changed,
            )
            if folder is not None:
                folder.added = watch.more
                runner.more, runner.every = folder.look, arguments.watch_every
            anyio.run(_until_done, runner, watch)
            found = report(ledger)
            watch.ended(runner, found)
        return self._end(runner, found)

    def _end(self, runner: Runner, found: Report) -> int:
        lines = found.inputs
        try:
            if runner.sharing is None or not found.counts["pending"]:  # else others know more, and write it later
                lines = manifest(self.ledger, self.job.folder, self.job.out)
                summarize(self.ledger, self.job.out)
        except ProviderError as error:
            runner.reason = runner.reason or error.worded(BULK_WORDS)
        if not self.arguments.quiet:
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


async def _until_done(runner: Runner, watch: Watch) -> None:
    with suppress(RuntimeError, ValueError):  # not on each thread
        on_stop(asyncio.get_running_loop(), runner.stop)
    await watch.begin(runner)
    async with beside(watch.regularly()):
        await runner.run()
