"""
Whether a master key can be guessed.

A key that opens everything is tried out first with what stands in tutorials, and then with what is short.
"""

from __future__ import annotations


__all__ = ["weakness"]

_SHORTEST = 16  # characters
_LEAST_DIFFERENT = 6
# What tutorials and sample configurations use, without prefix and punctuation, and as the beginning of longer ones.
_COMMON = (
    "1234", "12345", "123456", "12345678", "123456789", "1234567890", "0123456789", "abc", "abc123", "abcdef", "admin",
    "apikey", "change", "changeit", "changeme", "default", "demo", "dev", "example", "foobar", "key", "letmein",
    "litellm", "master", "masterkey", "ocr", "ocrasync", "password", "placeholder", "proxy", "qwerty", "replaceme",
    "root", "sample", "secret", "secretkey", "test", "testkey", "testing", "todo", "token", "xxx", "yourkey",
    "yourmasterkey", "yoursecretkey",
)  # fmt: skip
_WORDS = frozenset(_COMMON)


def weakness(key: str) -> str | None:
    """Return in words why *key* can be guessed; None if it does not look so."""
    bare = "".join(one for one in key.lower().removeprefix("sk-") if one.isalnum())
    if bare in _WORDS:
        return "is one that stands in tutorials"
    if len(key) < _SHORTEST:
        return f"has {len(key)} characters, fewer than {_SHORTEST}"
    if len(set(key.removeprefix("sk-"))) < _LEAST_DIFFERENT:
        return "has too few different characters"
    if _is_words(bare):
        return "is made of words that stand in tutorials"
    return None


def _is_words(text: str) -> bool:
    """Whether *text* is nothing but such words, one after the other."""
    reached = {0}
    for end in range(1, len(text) + 1):
        if any(end - len(word) in reached and text.endswith(word, 0, end) for word in _WORDS):
            reached.add(end)
    return len(text) in reached
