"""
The command ``ocr-async``: results on stdout, everything else on stderr.

The parser stands here, so that ``--help`` imports nothing else; each command is a module that is imported when it runs.

May import everything below, `export`, `gateway` and `bulk`; nothing imports it.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn


__all__ = ["main"]

_EPILOG = """\
exit codes: 0 all done, 1 some failed, 2 usage or configuration, 3 document,
            4 provider, 75 paused (disk, budget, key), 130 interrupted
keys come from the environment: MISTRAL_API_KEY, OPPER_API_KEY …; without a
model the embedded engine reads, with no key and no network."""


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF}  # what `print` may say

_GOES_DOWN, _GOES_ON = ": folders are read with all below them", ": what is done and has not changed is left out"
# what `run` has, and `bulk run` does by itself
_BY_ITSELF = {"-r": _GOES_DOWN, "--recursive": _GOES_DOWN, "--overwrite": _GOES_ON, "--skip-existing": _GOES_ON}

# those of `export.forms`, which is slower to import
_FORMS = ("md", "json", "jsonl", "text", "html", "csv", "xlsx", "pdf", "pdfa", "hocr", "alto")


def _hide_memory() -> None:
    """Keep keys from other processes of this user, such as a parser that a document has taken over."""
    from .._platform import own_memory

    own_memory.hide()


def _open_streams() -> None:
    """
    Have three standard streams where whoever started us closed some, as schedulers do.

    Else a file that is opened would be one of them. Nothing can be written to standard output then, which is told.
    What the encoding of standard output lacks is written out, as standard error has it from the start.
    """
    for name, flags, mode in (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8", closefd=False))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line *arguments* (default: the process's own); return the exit code."""
    _open_streams()
    options = _options(arguments)
    _hide_memory()
    code: int = 0
    try:
        code = importlib.import_module(f".{options.command}", __name__).main(options)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("ocr-async: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # such as `| head`: whoever read has enough
        code = code or 1
    except OSError as error:
        if error.errno not in _NO_ROOM or error.filename is not None:
            raise
        from .outputs import Unwritable

        unwritable = Unwritable("standard output", error)
        if not code:  # else the command said it, and what it could not write is tried again here
            print(f"ocr-async: {unwritable}", file=sys.stderr)
        code = code or unwritable.exit_code
    # What could not be written shall not be tried again when the interpreter ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


class _Parser(argparse.ArgumentParser):
    """One whose complaints, which quote what was typed, cannot steer the terminal."""

    def error(self, message: str) -> NoReturn:
        from .messages import printable  # which `--help` does without

        super().error(printable(message))


def _complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell and end the process, where the extra `cli` is installed."""
    with contextlib.suppress(ImportError):
        import argcomplete

        argcomplete.autocomplete(parser)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what may follow
        _complete(parser)
    options, others = parser.parse_known_args(arguments)
    reads = options.command in {"run", "estimate"} or (options.command, vars(options).get("action")) == ("bulk", "run")
    if reads and not any(other.startswith("-") and other != "-" for other in others):
        options.documents += others  # argparse takes no more inputs once an option came between them
    elif others:
        _refuse(_chosen(parser, options), others)
    if reads and not options.documents and not (vars(options).get("source") or vars(options).get("manifest")):
        parser.error("name an INPUT: a file, a folder, a URL, - for standard input; or a list of them with --from")
    return options


def _chosen(parser: argparse.ArgumentParser, options: argparse.Namespace) -> argparse.ArgumentParser:
    """Return the parser of the command that *options* name."""
    for name in filter(None, (options.command, vars(options).get("action"))):
        parser = next(each for each in parser._actions if isinstance(each, argparse._SubParsersAction)).choices[name]
    return parser


def _refuse(parser: argparse.ArgumentParser, others: Sequence[str]) -> NoReturn:
    """Say that *parser* knows nothing of *others*, and which option the first of them may have been meant for."""
    from ..wording import closest

    wrong = next((other for other in others if other.startswith("-")), "").partition("=")[0]
    near = closest(wrong, parser._option_string_actions) if wrong.startswith("--") else None
    hint = f"; did you mean {near}?" if near else _BY_ITSELF.get(wrong, "") if parser.prog.endswith("bulk run") else ""
    parser.error(f"unrecognized arguments: {' '.join(others)}{hint}")


def _parser() -> _Parser:
    parser = _Parser(
        prog="ocr-async",
        description="Read documents with any OCR engine.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="read documents and print what they say", epilog=_EPILOG,
                                 formatter_class=argparse.RawDescriptionHelpFormatter))  # fmt: skip
    _add_bulk(commands.add_parser("bulk", help="read thousands of documents into a folder, and go on after any stop"))
    _add_documents(commands.add_parser("estimate", help="tell how many pages would be read, and for how much"))
    _add_compare(commands.add_parser("compare", help="read a document by several models, and show where they differ"))
    models = commands.add_parser("models", help="list the models, their prices, and whether they are ready")
    models.add_argument("models", nargs="*", metavar="MODEL", help="tell all of these alone; a provider has several")
    models.add_argument("--json", action="store_true", help="with limits, options, keys and the sources of prices")
    _add_serve(commands.add_parser("serve", help="serve the gateway that Mistral's, Opper's and LiteLLM's clients use"))
    _add_mcp(commands.add_parser("mcp", help="offer documents to an assistant, by the Model Context Protocol"))
    _add_keys(commands.add_parser("keys", help="make, change, list and revoke the gateway's keys"))
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # which nobody else needs at the start

        print("ocr-async", version("ocr_async"))
        parser.exit()


def _add_keys(keys: argparse.ArgumentParser) -> None:
    actions = keys.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a key and print it, this once")
    create.add_argument("alias", help="what logs and metrics call it")
    _add_limits(create)
    update = actions.add_parser("update", help="change a key; what is not named stays as it is")
    update.add_argument("alias", help="of the key")
    update.add_argument("--alias", dest="new_alias", metavar="NEW", help="what it is to be called")
    _add_limits(update, change=True)
    list_ = actions.add_parser("list", help="show the keys in use and what they spent")
    list_.add_argument("--json", action="store_true", help="with the spend by model and day")
    actions.add_parser("revoke", help="make a key useless").add_argument("alias")
    actions.add_parser("rotate-secret", help="make the signed addresses of files useless that were given out")
    move = actions.add_parser("move", help="have a database take over the keys of a folder, and what they spent")
    move.add_argument("source", metavar="DIR", help="of the gateway that had them, which has to be stopped")
    for name, action in actions.choices.items():
        action.add_argument("--config", metavar="FILE", help="of the gateway, for its data and its models")
        if name == "move":
            action.add_argument("--database", metavar="URL", help="that takes them; default: $OCR_ASYNC_DATABASE_URL")
            continue
        where = action.add_mutually_exclusive_group()
        where.add_argument("--data", metavar="DIR", help="of the gateway; default: $OCR_ASYNC_DATA, else user data")
        where.add_argument("--database", metavar="URL", help=_DATABASE)


def _add_limits(command: argparse.ArgumentParser, *, change: bool = False) -> None:
    """
    Add what a key may be limited to.

    Args:
        change: Of a key that there is: what is not named stays, and the word none takes a limit away.
    """
    count, dollars = (_or_none(_count), _or_none(_dollars)) if change else (_count, _dollars)
    without = {name: "" if change else f"; default: {name}" for name in ("all", "never")}
    periods = ("day", "week", "month", *(["none"] if change else []))
    command.add_argument("--models", metavar="A,B", help=f"model names that it may ask for{without['all']}")
    command.add_argument("--rpm", type=count, metavar="N", help="requests a minute")
    command.add_argument("--pages-per-minute", type=count, metavar="N", help="pages a minute")
    command.add_argument("--max-concurrency", type=count, metavar="N", help="requests at once")
    command.add_argument("--budget-pages", type=count, metavar="N", help="pages in all, or in each --budget-period")
    command.add_argument("--budget-usd", type=dollars, metavar="USD", help="US dollars in all, or in each period")
    command.add_argument(
        "--budget-period",
        choices=periods,
        help=f"after which the budgets are whole again: days, weeks from Monday, months of UTC{without['never']}",
    )
    command.add_argument("--expires", metavar="TIME", help=f"such as 90m, 12h or 30d from now{without['never']}")
    if change:
        command.epilog = "--rpm none and the like take a limit away, as do --models all and --expires never"


def _or_none(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: text if text == "none" else kind(text)


def _whole(least: int, most: int, what: str) -> Callable[[str], int]:
    def parsed(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f'"{text}" is no {what}')
        return int(text)

    return parsed


_count = _whole(1, 10**9 - 1, "whole number of at least 1")
_port = _whole(0, 65_535, "port from 0 to 65535")
_workers = _whole(1, 64, "number of processes from 1 to 64")


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]") or "127.0.0.1", _port(port)


def _dollars(text: str) -> float:
    return _number(text, lambda number: 0 <= number < 1e12, "sum of at least 0")


def _duration(text: str) -> float:
    return _number(text, lambda number: 0 < number < 1e9, "number of seconds above 0")


def _number(text: str, good: Callable[[float], bool], what: str) -> float:
    with contextlib.suppress(ValueError):
        if good(number := float(text)):
            return number
    raise argparse.ArgumentTypeError(f'"{text}" is no {what}')


_DATABASE = "instead: the PostgreSQL of several gateways; default: $OCR_ASYNC_DATABASE_URL"
_OBJECTS = "s3://…, gs://… or az://… for the bytes of files, beside --database; default: $OCR_ASYNC_OBJECTS_URL"


def _add_serve(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--config", metavar="FILE", help="a config.yaml of LiteLLM's form; without: the embedded engine")
    serve.add_argument(
        "--host", default="127.0.0.1", help="address to listen at; others than this machine's need a key"
    )
    serve.add_argument("--port", type=_port, default=4000, help="default: 4000; 0 takes a free one")
    where = serve.add_mutually_exclusive_group()
    where.add_argument("--data", metavar="DIR", help="keys, spend and files; default: $OCR_ASYNC_DATA, else user data")
    where.add_argument("--database", metavar="URL", help=_DATABASE)
    serve.add_argument("--objects", metavar="URL", help=_OBJECTS)
    serve.add_argument("--fetch-urls", action="store_true", help="download documents for the embedded engine")
    serve.add_argument(
        "--workers", type=_workers, default=1, metavar="N", help="processes that serve; default: 1, which is one core"
    )


def _add_mcp(mcp: argparse.ArgumentParser) -> None:
    mcp.add_argument("--root", metavar="DIR", action="append", default=[], help="whose files may be read; repeatable")
    mcp.add_argument("-m", "--model", help="provider/model; default: $OCR_ASYNC_MODEL, else local")
    mcp.add_argument("--max-pages", type=_count, default=500, metavar="N", help="of one reading; default: 500")
    mcp.add_argument("--max-cost", type=_dollars, metavar="USD", help="of one reading")
    mcp.add_argument("--fetch-urls", action="store_true", help="let documents be addresses of the web")


def _add_bulk(bulk: argparse.ArgumentParser) -> None:
    actions = bulk.add_subparsers(dest="action", required=True, metavar="ACTION")
    run = actions.add_parser("run", help="read what is new, changed or not done yet", epilog=_EPILOG,
                             formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    run.add_argument(
        "documents",
        nargs="*",
        metavar="INPUT",
        help="a file, a folder with all below it, a glob, s3://…, gs://…, az://…, or - for a list",
    )
    run.add_argument("--manifest", action="append", default=[], metavar="FILE",
                     help='of more documents, a line of JSON each: {"path": "a.pdf", "name": "b"}')  # fmt: skip
    run.add_argument("--watch", action="store_true", help="go on with what comes into the folders, until interrupted")
    run.add_argument("--watch-every", type=_duration, default=5.0, metavar="SECONDS", help="between looks; default: 5")
    run.add_argument("--strict", action="store_true", help="read nothing if a line of a list is broken")
    run.add_argument("--out", required=True, metavar="DIR", help="of the results; s3://bucket/folder too")
    run.add_argument("-m", "--model", help="provider/model; default: $OCR_ASYNC_MODEL, else local")
    run.add_argument("-l", "--lang", help="of the documents, such as ru, rus+eng or ko")
    run.add_argument("-f", "--format", choices=_FORMS, default="md",
                     help="what is written beside each JSON; default: md")  # fmt: skip
    run.add_argument("--api-base", metavar="URL", help="address of a server that speaks the provider's API")
    run.add_argument("--shard", metavar="I/N", help="read the part I of N, from 0, of a job on several machines")
    run.add_argument("--lease", action="store_true", help="share the job with other machines, by leases in its bucket")
    retry = actions.add_parser("retry", help="read again what failed, came in part, or ended its readers")
    retry.add_argument("--only", metavar="STATES", default="failed,partial,dead", help="default: failed,partial,dead")
    export = actions.add_parser("export", help="write all results as lines of JSON, or their pages as Parquet")
    export.add_argument("-f", "--format", choices=("jsonl", "parquet"), help="default: by the ending of -o, else jsonl")
    export.add_argument("-o", "--output", metavar="FILE", help="default: standard output")
    status = actions.add_parser("status", help="tell how many documents are done, and what failed")
    status.add_argument("--verify", action="store_true", help="look whether each result is there, and whole")
    for action in (retry, export, status):
        action.add_argument("out", metavar="DIR", help="of the results")
    for action in actions.choices.values():
        action.add_argument("--ledger", metavar="DIR", help="of the ledger; default: that of the results, "
                            "or for a bucket one below the user's data")  # fmt: skip
    for action in (run, retry):
        action.add_argument("--lease-seconds", type=_duration, default=60.0, metavar="SECONDS",
                            help="until a machine that is silent is taken for dead; default: 60")  # fmt: skip
        action.add_argument("--pages-per-request", type=_count, default=10, metavar="N", help="default: 10")
        action.add_argument("--max-cost", type=_dollars, metavar="USD", help="pause before the job costs more")
        action.add_argument("--concurrency", type=_count, metavar="N", help="requests at once; default: what works")
        action.add_argument("--executor", default="local", metavar="NAME",
                            help="local, processes, dask, or MODULE:FUNCTION; default: local")  # fmt: skip
        action.add_argument("--scheduler", metavar="ADDRESS", help="of Dask; default: a cluster on this machine")
        action.add_argument("--workers", type=_count, metavar="N", help="of the executor; default: one a processor")
        action.add_argument("--shared", metavar="DIR", help="that all workers see; default: that of the ledger")
        action.add_argument("--events", metavar="FILE", help="lines of JSON about what happens; - for standard output")
        action.add_argument("--metrics", type=_address, metavar="[HOST:]PORT",
                            help="answer Prometheus there; HOST is 127.0.0.1 by default")  # fmt: skip
        action.add_argument("--batch-api", action="store_true",
                            help="by the provider's own batch jobs: hours later, for less")  # fmt: skip
        action.add_argument("--batch-hours", type=_count, default=24, metavar="N",
                            help="in which a batch job has to be done; default: 24")  # fmt: skip
        action.add_argument("--patience", type=_duration, default=900.0, metavar="SECONDS",
                            help="pause when nothing got through for so long; default: 900")  # fmt: skip
        action.add_argument("--quiet", action="store_true", help="show no progress, and no line at the end")


def _add_compare(compare: argparse.ArgumentParser) -> None:
    compare.add_argument("document", metavar="INPUT", help="a file, a URL, or - for standard input")
    compare.add_argument(
        "-m",
        "--model",
        dest="models",
        action="append",
        required=True,
        metavar="MODEL",
        help="provider/model; twice or more",
    )
    compare.add_argument("-o", "--output", metavar="FILE", help="default: standard output")
    compare.add_argument("--json", action="store_true", help="the readings, and how far they agree, instead of HTML")
    _add_reading(compare)
    _add_timeout(compare)


def _add_documents(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "documents", nargs="*", metavar="INPUT", help="a file, a folder of documents, a URL, or - for standard input"
    )
    command.add_argument(
        "--from", dest="source", metavar="FILE", help="read the names of more documents from FILE (or -), one a line"
    )
    command.add_argument("-r", "--recursive", action="store_true", help="go down into the folders of folders")
    command.add_argument("-m", "--model", help="provider/model; default: $OCR_ASYNC_MODEL, else local")
    _add_reading(command)


def _add_reading(command: argparse.ArgumentParser) -> None:
    command.add_argument("-p", "--pages", help="such as 1-3,8; pages count from 1, -1 is the last")
    command.add_argument("--api-base", metavar="URL", help="address of a server that speaks the provider's API")
    password = command.add_mutually_exclusive_group()
    password.add_argument("--password-file", metavar="FILE", help="its first line opens encrypted PDFs")
    password.add_argument(
        "--password", help="the same, but other people of this machine can see it in its list of programs"
    )


def _add_run(run: argparse.ArgumentParser) -> None:
    _add_documents(run)
    run.add_argument("-l", "--lang", help="of the document, such as ru, rus+eng or ko; default: what it looks like")
    run.add_argument("-f", "--format", choices=_FORMS, help="default: by the ending of -o, else md")
    run.add_argument(
        "-o", "--output", metavar="FILE|DIR", help="default: standard output; several documents take a DIR"
    )
    existing = run.add_mutually_exclusive_group()
    existing.add_argument("--skip-existing", action="store_true", help="leave out documents whose results are there")
    existing.add_argument("--overwrite", action="store_true", help="replace results that are there in a folder")
    run.add_argument(
        "--failed", metavar="FILE", help="list there what failed or was not read, for --from in another run"
    )
    run.add_argument("--tables", metavar="DIR", help="save the tables that are found, as CSV")
    run.add_argument("--images", metavar="DIR", help="save the pictures that are found, and link them")
    _add_timeout(run)
    run.add_argument("--quiet", action="store_true", help="show no progress, and no line at the end")


def _add_timeout(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--timeout", type=_duration, default=600.0, metavar="SECONDS", help="for each document; default: 600"
    )
