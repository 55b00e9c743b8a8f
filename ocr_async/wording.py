"""
How each surface names what an error speaks of: `str(error)` speaks Python, the command and the web page their own.

An error's text holds what is the same for everybody. What to do about it differs: the caller gives an argument, the
command has an option, the page a field. So the error names its `Hint`, and each surface has words for it. Pages are
counted from 0 in Python and on the wire, and said as ``page 3 (from 0)``; people count from 1, so their surfaces
say it by `counted_from_one`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal


__all__ = ["PYTHON", "Hint", "closest", "counted", "counted_from_one", "shortened"]

Hint = Literal[
    "api_base", "api_key", "another_server", "bytes", "certificate", "hosted", "max_response_bytes", "mime_type",
    "name_pages", "no_proxy", "password", "proxy_credentials", "read", "recognise", "safe_key", "timeout",
]  # fmt: skip

PYTHON: Mapping[Hint, str] = {
    "api_base": " (api_base)",
    "api_key": ' or give api_key. Without any key, model="local" reads documents on this machine.',
    "another_server": ", or give api_base for a server that speaks Mistral's API.",
    "bytes": "; read it and give its bytes",
    "certificate": (
        ": check api_base, or name the file of the authority that signed it in SSL_CERT_FILE, "
        "or give an SSLContext as ssl="
    ),
    "hosted": '; or name a hosted model, such as model="mistral/mistral-ocr-latest"',
    "max_response_bytes": ": raise max_response_bytes, or ask for fewer pages",
    "mime_type": '; if a provider reads it, say what it is: {"type": "file", "file": …, "mime_type": …}',
    "name_pages": "; name its pages",
    "no_proxy": "; no proxy is used: if the network has one, set HTTP_PROXY and HTTPS_PROXY, or give proxy",
    "password": ': give its password with it: {"type": "file", "file": …, "password": …}',
    "proxy_credentials": (
        ": check them in proxy, or in HTTP_PROXY and HTTPS_PROXY, as in http://user:password@host:port"
    ),
    "read": '; model="local" reads what it says',
    "recognise": '; model="local/ocr" recognises what it shows',
    "safe_key": "; give it as api_key or in extra_headers",
    "timeout": " (timeout)",
}
"""What is added to an error's text for who calls from Python."""

_NO_SUCH_PAGE = r"page (-?\d+) (does not exist: the document has [\d,]+ pages?) \(numbered from 0\)"
_COUNTED = r"(\d+(?:(?:-|, )\d+)*(?: …)?) \(from 0\)"


def counted_from_one(text: str) -> str:
    """Return *text* with the pages that it names ``(from 0)`` counted as people do."""
    text = re.sub(_NO_SUCH_PAGE, lambda match: f"page {int(match[1]) + (match[1][0] != '-')} {match[2]}", text)
    return re.sub(_COUNTED, lambda match: re.sub(r"\d+", lambda number: str(int(number[0]) + 1), match[1]), text)


def counted(count: int, noun: str) -> str:
    """Return *count* with *noun* after it: ``1 page``, ``2,000 pages``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def shortened(text: str, most: int) -> str:
    """Return *text*, cut to *most* characters with the word at its end: half a key cannot be told and struck out."""
    return text if len(text) <= most else re.sub(r"[!-~]+\Z", "", text[:most]) + "…"


def closest(word: str, choices: Iterable[str]) -> str | None:
    """Return the one of *choices* that who wrote *word* is likely to have meant; None if there is none."""
    import difflib  # which nobody needs who makes no mistakes

    known = {choice.lower(): choice for choice in choices}
    found = difflib.get_close_matches(word.lower()[:80], known, n=1, cutoff=0.6)
    return known[found[0]] if found else None
