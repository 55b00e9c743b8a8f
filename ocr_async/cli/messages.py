"""What the commands say on standard error: in words of the command line, without what steers a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from ..errors import OCRError
from ..wording import Hint, counted_from_one


__all__ = ["BULK_WORDS", "WORDS", "described", "fail", "printable", "refuse", "say"]

WORDS: Mapping[Hint, str] = {
    "api_base": " (--api-base)",
    "api_key": ". Without any key, -m local reads documents on this machine.",
    "another_server": ", or name a server that speaks Mistral's API with --api-base.",
    "bytes": "; give it to standard input, and name - as the document",
    "certificate": ": check --api-base, or name the file of the authority that signed it in SSL_CERT_FILE",
    "hosted": "; or name a hosted model, such as -m mistral/mistral-ocr-latest",
    "max_response_bytes": "; ask for fewer pages at once (--pages)",
    "mime_type": "; if a provider reads it, give the file the ending of its type",
    "name_pages": "; name its pages (--pages)",
    "no_proxy": "; no proxy is used: if the network has one, set HTTP_PROXY and HTTPS_PROXY",
    "password": " (--password-file, or --password)",
    "proxy_credentials": ": check them in HTTP_PROXY and HTTPS_PROXY, as in http://user:password@host:port",
    "read": "; -m local reads what it says",
    "recognise": "; -m local/ocr recognises what it shows",
    "safe_key": "; give it in the provider's environment variable",
    "timeout": " (--timeout)",
}
# `bulk` reads files and whole documents, without passwords; what it has no option for has words of its own, or none
BULK_WORDS: Mapping[Hint, str] = {
    **WORDS,
    "bytes": "",
    "max_response_bytes": "; ask for fewer pages at once (--pages-per-request)",
    "name_pages": "",
    "password": "; `ocr-async run --password-file` reads it",
    "timeout": "",
}
# C0 but tabulator and line feed, DEL and C1: what makes a terminal do something else than show text
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}
_IN_A_LINE = {**_CONTROLS, ord("\t"): "\\t", ord("\n"): "\\n"}


def printable(text: str, *, lines: bool = False) -> str:
    """Return *text* with its control characters written out; several *lines* keep their line feeds and tabulators."""
    return text.translate(_CONTROLS if lines else _IN_A_LINE)


def say(text: str) -> None:
    """Print *text*, one line, on standard error."""
    print(printable(text), file=sys.stderr, flush=True)


def refuse(error: OCRError) -> int:
    """Say why the command does nothing, in the lines of *error*; return its exit code."""
    for line in counted_from_one(error.worded(WORDS)).splitlines():
        say(f"ocr-async: {line}")
    return error.exit_code


def described(error: OCRError, words: Mapping[Hint, str] = WORDS) -> str:
    """Return *error*, of a kind that people know, in a line."""
    kind = next(each.__name__ for each in type(error).__mro__ if not each.__name__.startswith("_"))
    return f"{kind}: {counted_from_one(error.worded(words))}"


def fail(what: str, error: OCRError) -> int:
    """Say that *error* came of *what*; return its exit code."""
    say(f"{what}: {described(error)}")
    return error.exit_code
