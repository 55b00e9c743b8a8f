"""One answer of a chat API: what the model said, why it stopped, and what it used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from ...errors import OCRError, ResponseInvalid
from ...wording import shortened
from .._service import shaped
from .answer import Size, Transcript
from .families import Family
from .repetition import is_degenerate


__all__ = ["Completion", "Said", "completion_of", "finished", "said"]

_LONGEST = 400_000  # characters; 32,768 tokens, the most that is asked for, are a third of that
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


@frozen(kw_only=True)
class Completion:
    """
    What came of one try at a page.

    Attributes:
        transcript: None where the page could not be made of it.

        error: Why not.

        again: Whether another try, at another temperature, may end better.

        looped: Whether the transcript ends in a loop; the model ended it itself, and a page may be so.

        usage: Tokens, by their names in OpenAI's API where it has one.
    """

    transcript: Transcript | None
    error: OCRError | None = None
    again: bool = False
    looped: bool = False
    model: str | None = None
    id: str | None = None
    usage: Mapping[str, int] = field(factory=dict)


@frozen(kw_only=True)
class Said:
    """What stands in a chat completion."""

    text: str
    refusal: str | None
    reason: str | None
    model: str | None
    id: str | None
    usage: Mapping[str, int]


def said(data: Any) -> Said:
    """
    Read the body of an answer.

    Raises:
        ResponseInvalid: It is no chat completion.
    """
    with shaped("the model", "$.choices[0].message"):
        choice = data["choices"][0]
        message, reason = choice["message"], choice.get("finish_reason")
        content = message.get("content")
    return Said(
        text=_joined(content),
        refusal=_text(message.get("refusal")) or None,
        reason=reason if reason is None else str(reason),
        model=_text(data.get("model")),
        id=_text(data.get("id")),
        usage=_usage(data.get("usage")),
    )


def completion_of(data: Any, family: Family, size: Size | None) -> Completion:
    """
    Read the body of an answer at a page.

    Raises:
        ResponseInvalid: It is no chat completion.
    """
    answer = said(data)
    facts: dict[str, Any] = {"model": answer.model, "id": answer.id, "usage": answer.usage}
    if answer.refusal is not None:
        error = ResponseInvalid(f"the model refuses the page: {shortened(answer.refusal, 200)}")
        return Completion(transcript=None, error=error, **facts)
    return finished(
        answer.text,
        family=family,
        size=size,
        reason=str(answer.reason),
        whole=answer.reason in {"stop", None, ""},
        cut=answer.reason == "length",
        facts=facts,
    )


def finished(
    text: str,
    *,
    family: Family,
    size: Size | None,
    reason: str,
    whole: bool,
    cut: bool,
    again: bool = False,
    facts: Mapping[str, Any],
) -> Completion:
    """
    Return what an answer comes to, by how it ended.

    Args:
        reason: Why it ended, in the server's words.

        whole: Whether that is the end of the page.

        cut: Whether it is the end of the tokens.

        again: Whether another try may end otherwise, where it is neither.

        facts: Model, id and usage.
    """
    if len(text) > _LONGEST:
        error = ResponseInvalid(f"the model says {len(text):,} characters of one page")
        return Completion(transcript=None, error=error, **facts)
    if whole:
        try:
            transcript = family.read(text, size)
        except ResponseInvalid as error:
            return Completion(transcript=None, error=error, again=True, **facts)
        looped = is_degenerate(text, cut=False)
        return Completion(transcript=transcript, again=looped, looped=looped, **facts)
    count = facts["usage"].get("completion_tokens")
    after = "" if count is None else f" after {count} tokens"
    if not cut:
        said = f"the model did not finish the page: its reason is {reason[:40]!r}"
    elif again := is_degenerate(text, cut=True):
        said = f"the model said the same over and over until it was cut off{after}"
    else:
        said = (
            f"the page is cut short{after} (its reason is {reason!r}): let it have more tokens by extra_body, or the "
            "server more context"
        )
    return Completion(transcript=None, error=ResponseInvalid(said), again=again, **facts)


def _joined(content: Any) -> str:
    """Return the text of *content*, which some servers give in parts."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) or "" for part in content if isinstance(part, Mapping))
    return _text(content) or ""


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _usage(given: Any) -> dict[str, int]:
    if not isinstance(given, Mapping):
        return {}
    return {name: value for name in _COUNTS if type(value := given.get(name)) is int and value >= 0}
