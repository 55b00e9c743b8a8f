"""What a worker does beside its tasks."""

from __future__ import annotations

import pytest

from ocr_async._platform import limits
from ocr_async.engine import worker
from ocr_async.engine.ocr import networks


def test_memory_is_given_back_each_time_that_the_process_has_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    megabytes, given = [0], []

    def free() -> None:
        given.append(megabytes[0])
        megabytes[0] = 400

    monkeypatch.setattr(limits, "resident", lambda: megabytes[0] << 20)
    monkeypatch.setattr(networks, "give_back", free)
    give_back = worker._where_it_grew()
    for megabytes[0] in (600, 700, 900, 950, 700, 911, 912):
        give_back()
    assert given == [600, 950, 912]
