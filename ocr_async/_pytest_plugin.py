"""The fixture ``fake_ocr``, which pytest finds wherever this package is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest


if TYPE_CHECKING:
    from .testing import FakeProvider


@pytest.fixture
def fake_ocr() -> Iterator[Callable[..., FakeProvider]]:
    """
    Call it with the answers of a `FakeProvider` (and ``names=("mistral",)``): it answers until the test ends.

    It returns the fake, whose `requests` tell what it was asked for.
    """
    from .testing import FakeProvider, use  # only for tests that ask for it

    with ExitStack() as stack:

        def fake(*answers: Any, names: tuple[str, ...] = (), delay: float = 0.0) -> FakeProvider:
            return stack.enter_context(use(FakeProvider(*answers, delay=delay), *names))

        yield fake
