"""Files that are whole or not there: a disk that fills, or a kill, leaves what was there before."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import IO


__all__ = ["replace"]

_number = itertools.count()


def replace(file: Path, write: Callable[[IO[bytes]], object]) -> None:
    """
    Put into *file* what *write* writes, whole; its permissions stay those of the file that it replaces.

    A link stays, and what it leads to is replaced.

    Raises:
        OSError: It cannot be done; *file* is as it was.
    """
    target = Path(os.path.realpath(file))
    aside = target.with_name(f".ocr-async-{os.getpid()}-{next(_number)}.tmp")  # short, however long the name is
    try:
        with open(aside, "xb") as out:
            with contextlib.suppress(OSError):
                os.chmod(aside, stat.S_IMODE(os.stat(target).st_mode))
            write(out)
            out.flush()
            os.fsync(out.fileno())
        os.replace(aside, target)
    except OSError as error:
        if error.filename != os.fspath(aside):
            raise
        raise OSError(error.errno, error.strerror, os.fspath(file)) from None  # nobody has heard of the one aside
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()
