"""`Variables`: what a program changes in its environment is seen at once."""

from __future__ import annotations

import pytest

from ocr_async._platform.environment import Variables


_NAMES = "OCR_ASYNC_TEST_ONE", "OCR_ASYNC_TEST_OTHER"


def test_a_variable_that_is_set_or_deleted_later_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = Variables(*_NAMES)
    assert variables.values() == (None, None)
    monkeypatch.setenv(_NAMES[1], "value")
    assert variables.values() == (None, "value")
    monkeypatch.delenv(_NAMES[1])
    assert variables.values() == (None, None)
