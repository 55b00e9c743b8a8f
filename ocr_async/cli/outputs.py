"""
Where results go: one file, a folder, or standard output; and what must not be written over.

All of it is decided from names, before anything is read: an output is never one of the inputs, two inputs never share
an output, and results that are there already are kept until somebody says otherwise.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import stat
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

from attrs import define, field, frozen

from ..errors import ConfigurationError
from ..export.files import replace
from ..export.forms import APART, BINARY, FORMS, Forms, form_of
from .inputs import Input
from .messages import printable
from .names import safe, same


__all__ = [
    "Identity",
    "Job",
    "Target",
    "Unwritable",
    "file_and_form",
    "identities",
    "partial_file",
    "plan",
    "put",
    "refuse_inputs",
    "write_whole",
]

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})
_DESCRIPTOR = re.compile(r"/dev/(stdin|stdout|stderr|fd/(\d+))|/proc/self/fd/(\d+)")
_STANDARD = {"stdin": 0, "stdout": 1, "stderr": 2}

Identity = tuple[int, int]  # device and inode: what a file is, whatever it is called


class Unwritable(Exception):
    """There is no place for a result where it should go."""

    def __init__(self, place: str, error: OSError) -> None:
        super().__init__(f"{place} cannot be written: {error.strerror or error}")
        self.exit_code = 75 if error.errno in _DISK else 2


@frozen
class Target:
    """
    Where the results go, and in which form.

    Attributes:
        path: The file or folder; None is standard output.
    """

    form: str
    path: Path | None
    folder: bool

    @classmethod
    def of(cls, arguments: argparse.Namespace, *, several: bool) -> Target:
        """
        Return what `--output` and `--format` say.

        Raises:
            ConfigurationError: They contradict each other, or there are *several* documents for one file.
        """
        output: str | None = arguments.output
        path = _file(output)
        if path is not None and (path.is_dir() or str(output).endswith(("/", os.sep))):
            return cls(arguments.format or "md", path, True)
        if path is None or _is_special(str(output)):
            if several and arguments.format in APART:
                raise ConfigurationError(
                    f"-f {arguments.format} makes a file of each document: name a folder for them, -o DIR/"
                )
            if arguments.format in BINARY and path is None and sys.stdout.isatty():
                raise ConfigurationError(
                    f"-f {arguments.format} is nothing for a terminal: name a file for it, -o FILE"
                )
            return cls(arguments.format or "md", path, False)
        if several and not path.suffix and not path.exists():
            return cls(arguments.format or "md", path, True)
        if several:
            raise ConfigurationError(f"several documents need a folder after -o, and {path} is none; end it with /")
        return cls(form_of(path, arguments.format) or "md", path, False)

    def prepare(self) -> None:
        """
        Make the folder that results go to.

        Raises:
            Unwritable: There is no place for any; nothing has to be read to know it.
        """
        if self.path is None or (_is_special(str(self.path)) and not self.folder):
            return
        folder = self.path if self.folder else self.path.resolve().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise Unwritable(str(self.path), error) from None


def file_and_form(output: str | None, wanted: str | None, forms: Forms) -> tuple[Path | None, str]:
    """
    Return the file that *output* names, None for standard output, and which of *forms* it gets, by default the first.

    Raises:
        ConfigurationError: Its ending is none of theirs, or contradicts the one that is *wanted*.
    """
    file = _file(output)
    if file is not None and not _is_special(str(file)):
        wanted = form_of(file, wanted, forms)
    return file, wanted or next(iter(forms))


def _file(output: str | None) -> Path | None:
    """Return the file that *output* names; None for standard output."""
    return None if output in {None, "-", "/dev/stdout"} else Path(output or "")


def _is_special(output: str) -> bool:
    """Whether *output* is there to be written into, not to be replaced: a device, a pipe, an open descriptor."""
    if _DESCRIPTOR.fullmatch(output):
        return True
    try:
        return not stat.S_ISREG(os.stat(output).st_mode)
    except OSError:
        return False


# --- who writes where ---------------------------------------------------------------------------------------------


@define(eq=False)
class Job:
    """
    A document and where its result goes.

    Attributes:
        file: None is standard output.

        stem: The result's place below a folder, without an ending.

        state: What became of it so far.
    """

    input: Input
    file: Path | None
    stem: str
    state: str = field(default="waiting")


def plan(inputs: Sequence[Input], target: Target, *, apart: bool) -> list[Job]:
    """
    Return the job of each of *inputs*; a document that is named twice has one where its result is a file.

    Args:
        apart: Whether each needs a name of its own, for a folder of results or of pictures.

    Raises:
        ConfigurationError: Two would write one file.
    """
    if not apart:
        return [Job(each, target.path, _stem(each)) for each in inputs]
    together: dict[str, list[Input]] = {}
    for each in inputs:
        others = together.setdefault(same(_stem(each)), [])
        if not any(_is_same(each, other) for other in others):
            others.append(each)
    jobs: dict[str, Job] = {}
    for sharing in together.values():
        for each in sharing:
            # report.pdf and report.png: the ending of each tells them apart
            stem = safe(each.relative) if len(sharing) > 1 else _stem(each)
            if (before := jobs.get(same(stem))) is not None:
                raise ConfigurationError(
                    f"{before.input.shown} and {each.shown} would both be written to {stem}{FORMS[target.form][0]}: "
                    "write ./ before the part of their paths to be kept, rename one, or read them into two folders"
                )
            file = target.path / f"{stem}{FORMS[target.form][0]}" if target.folder and target.path else target.path
            jobs[same(stem)] = Job(each, file, stem)
    return list(jobs.values())


def _stem(each: Input) -> str:
    relative = safe(each.relative)
    folder, slash, name = relative.rpartition("/")
    return f"{folder}{slash}{os.path.splitext(name)[0]}"


def _is_same(one: Input, other: Input) -> bool:
    if one.path is None or other.path is None:
        return one.name == other.name
    return os.path.realpath(one.path) == os.path.realpath(other.path)


# --- what must not be written over --------------------------------------------------------------------------------


def identities(inputs: Iterable[Input]) -> dict[Identity, str]:
    """Return what the files among *inputs* are, whatever they are called, and their names."""
    found: dict[Identity, str] = {}
    for each in inputs:
        if each.path is not None and (facts := _facts(each.path)) is not None and stat.S_ISREG(facts.st_mode):
            found[facts.st_dev, facts.st_ino] = each.name
    return found


def refuse_inputs(outputs: Iterable[Path | None], inputs: Mapping[Identity, str]) -> int:
    """
    Return how many of *outputs* are there already; None is standard output, which does not count.

    Raises:
        ConfigurationError: One is among *inputs*, under whatever name.
    """
    there = 0
    for output in outputs:
        facts = _facts(1 if output is None else output)
        if facts is None:
            continue
        if (facts.st_dev, facts.st_ino) in inputs:
            place = "standard output" if output is None else str(output)
            name = inputs[facts.st_dev, facts.st_ino]
            raise ConfigurationError(f"{place} is {name}, a document to be read: it would be lost; name another output")
        there += output is not None
    return there


def partial_file(file: Path | None, outputs: Collection[Path | None], inputs: Mapping[Identity, str]) -> Path | None:
    """
    Return where a part of the result for *file* goes: beside it, under a name that is not taken for the whole.

    None where there is no such place: for standard output and devices, and where the name is that of an input, or of
    another document's result.
    """
    if file is None or _is_special(str(file)):
        return None
    beside = file.with_name(f"{file.stem}.partial{file.suffix}")
    facts = _facts(beside)
    taken = beside in outputs or (facts is not None and (facts.st_dev, facts.st_ino) in inputs)
    return None if taken else beside


def _facts(place: str | Path | int) -> os.stat_result | None:
    try:
        return os.stat(place)
    except (OSError, ValueError):
        return None


# --- writing ------------------------------------------------------------------------------------------------------


def write_whole(file: Path | None, text: str | bytes | memoryview) -> None:
    """Write *text* to *file* as `put` does."""

    def write(out: IO[bytes]) -> None:
        if isinstance(text, str):
            shown = printable(text, lines=True) if out.isatty() else text
            out.write(shown.encode("utf-8", "backslashreplace"))  # a name may be no text
        else:
            out.write(text)

    put(file, write)


def put(file: Path | None, write: Callable[[IO[bytes]], object]) -> None:
    """
    Put into *file* what *write* writes, whole or not at all; on standard output for None.

    Raises:
        Unwritable: It cannot be done.

        BrokenPipeError: Nobody reads any more, which is no fault.
    """
    try:
        _put(file, write)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritable("standard output" if file is None else str(file), error) from None


def _put(file: Path | None, write: Callable[[IO[bytes]], object]) -> None:
    if file is None:
        write(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    if match := _DESCRIPTOR.fullmatch(str(file)):
        number = _STANDARD.get(match[1] or "", -1)
        with os.fdopen(os.dup(number if number >= 0 else int(match[2] or match[3])), "wb") as out:
            write(out)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.is_file():
        replace(file, write)
        return
    with file.open("wb") as out:
        write(out)
