"""Streams before modelled providers, in virtual time: nothing is lost, limits are found, and kept to."""

from __future__ import annotations

import pytest

from benchmarks.pacing import ROWS, Row, play


_QUICK = [row for row in ROWS if row.documents * row.processes <= 600]


@pytest.mark.parametrize("row", _QUICK, ids=lambda row: row.name)
def test_no_document_is_lost_and_a_limit_is_found(row: Row) -> None:
    outcome = play(row)
    assert (outcome.lost, outcome.unread) == (0, 0)
    assert outcome.throttled < 0.15
    assert outcome.seconds < 2.5 * row.ideal


def test_a_provider_that_is_down_loses_no_document() -> None:
    row = next(row for row in ROWS if row.name == "down for 60 s")
    outcome = play(row)
    assert (outcome.lost, outcome.unread) == (0, 0)
    assert outcome.seconds < 2 * row.ideal


def test_a_revoked_key_ends_the_stream_and_fails_no_document() -> None:
    outcome = play(next(row for row in ROWS if row.name.startswith("key revoked")))
    assert outcome.lost == 0
    assert outcome.after < 50


def test_virtual_time_is_always_alike() -> None:
    row = next(row for row in ROWS if row.name == "20/s, no hint")
    assert play(row) == play(row)
