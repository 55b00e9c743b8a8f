"""The port behind which answers for repeated requests are kept; a part of `port.Storage`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from attrs import frozen


__all__ = ["KEPT", "Answer", "AnsweredElsewhere", "Answers"]

KEPT = 24 * 3600  # seconds


@frozen(kw_only=True)
class Answer:
    """
    What a request with an Idempotency-Key was answered.

    Attributes:
        id: Of its body.

        fingerprint: Of what was asked.
    """

    id: str
    fingerprint: str
    status: int
    headers: Mapping[str, str]


@frozen
class AnsweredElsewhere:
    """
    Another gateway is making the answer.

    Attributes:
        fingerprint: Of what it was asked.
    """

    fingerprint: str


class Answers(Protocol):
    """Answers by the owner's own keys for them."""

    async def get(self, owner: str, key: str) -> Answer | None:
        """Return the answer; None if there is none, or it has expired."""
        ...

    async def claim(self, owner: str, key: str, fingerprint: str) -> Answer | AnsweredElsewhere | None:
        """
        Return the answer, or who makes it; None if the caller has to, who then calls `keep` or `release`.

        A gateway that is gone makes none. Each gateway looks itself at what it is making already.
        """
        ...

    async def release(self, owner: str, key: str) -> None:
        """Let others make the answer that was claimed, and is not kept."""
        ...

    def on_disk(self, answer: Answer) -> AbstractAsyncContextManager[Path]:
        """Have the body of *answer* in a file of this machine within the block; FileNotFoundError if it is gone."""
        ...

    async def keep(
        self, owner: str, key: str, fingerprint: str, status: int, headers: Mapping[str, str], body: Any
    ) -> None:
        """Keep an answer, a bytes-like *body* and all."""
        ...

    async def forget(self, owner: str, key: str) -> None:
        """Delete the answer, if there is one."""
        ...
