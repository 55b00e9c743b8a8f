"""Passwords of documents: of a file, of the command line, or asked for on a terminal."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from ..errors import ConfigurationError
from .messages import printable


__all__ = ["ask", "can_ask", "given"]


def given(arguments: argparse.Namespace) -> str | None:
    """
    Return the password that *arguments* name; None for none.

    Raises:
        ConfigurationError: Its file cannot be read, or holds no text.
    """
    if arguments.password_file is None:
        password: str | None = arguments.password
        return password
    try:
        lines = Path(arguments.password_file).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise ConfigurationError(f"--password-file {arguments.password_file} cannot be read: {why}") from None
    return lines[0] if lines else ""


def can_ask() -> bool:
    """Whether somebody sits there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(name: str) -> str | None:
    """Return the password of *name* as it is typed, unseen; None if nothing is."""
    try:
        return getpass.getpass(f"Password of {printable(name)} (empty to go on without): ") or None
    except EOFError:
        return None
