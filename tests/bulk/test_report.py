"""The report: what a job came to, for people and machines, over all its runs and whatever stopped them."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.bulk.reporting.picture import picture
from ocr_async.bulk.reporting.samples import MOST, Sample, Samples
from tests import faults
from tests.bulk.jobs import PAGES, Bills, bulk, pdfs, started, states
from tests.cli.command import MISTRAL
from tests.upstream import Exchange, Upstream


SAMPLES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 99), st.floats(0.5, 700.0)), max_size=600
)


def report(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "bulk-report.json").read_text(encoding="utf-8"))
    return found


@given(SAMPLES, st.integers(0, 600))
def test_samples_stay_few_and_lose_no_page_over_any_time_and_any_stop(
    rows: list[tuple[int, int, int, float]], stop: int
) -> None:
    samples = Samples()
    for number, (pages, throttled, under_way, seconds) in enumerate(rows):
        if number == stop:
            samples = Samples.from_text(samples.to_text())
        samples.add(Sample(pages, throttled, under_way), seconds)
    kept = Samples.from_text(samples.to_text())
    assert len(kept.done) <= MOST + 1
    assert sum(kept.values(lambda one: one.pages)) == sum(row[0] for row in rows)
    assert sum(kept.values(lambda one: one.throttled)) == sum(row[1] for row in rows)
    assert max(kept.values(lambda one: one.under_way), default=0) == max((row[2] for row in rows), default=0)


def test_a_picture_has_three_lines_within_its_frame_with_and_without_samples() -> None:
    samples = Samples()
    for second in range(500):
        samples.add(Sample(second % 7, second % 50 == 0, 40), 1.0)
    for each in (samples, Samples()):
        drawn = ElementTree.fromstring(picture(each))
        width, height = map(float, drawn.attrib["viewBox"].split()[2:])
        lines = drawn.findall("polyline")
        assert [line.attrib["class"] for line in lines] == ["pages", "throttled", "under-way"]
        for line in lines:
            points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
            assert len(points) == len(each.done)
            assert all(0 <= x <= width and 0 <= y <= height for x, y in points)


def test_a_report_tells_states_money_throttles_and_failures_in_their_words(server: Upstream, tmp_path: Path) -> None:
    bills = Bills()
    pdfs(tmp_path / "in", 3)
    (tmp_path / "in" / "<b>.pdf").write_bytes(b"no PDF <script>")
    (tmp_path / "in" / "bulk-report.pdf").write_bytes((tmp_path / "in" / "000.pdf").read_bytes() + b"\n")
    server.default = bills
    server.script += [faults.status(429, headers={"Retry-After": "0"})] * 2
    done = bulk("run", "in", "--out", "out", *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    out = tmp_path / "out"
    found = report(out)
    assert (found["schema"], found["adds_up"], found["inputs"]) == (1, True, 5)
    assert (found["states"]["done"], found["states"]["failed"]) == (4, 1)
    assert (found["pages"], found["cost_usd"]) == (4 * PAGES, pytest.approx(4 * PAGES * 0.004))
    assert found["billed_not_delivered"] == {"pages": 0, "cost_usd": 0}
    assert found["deaths"] == {"runs": 0, "pages_in_flight": 0}
    (failure,) = found["failures"]
    assert failure["document"].endswith("<b>.pdf")
    assert failure["error"]
    samples = found["samples"]
    assert (sum(samples["pages"]), sum(samples["throttled"])) == (4 * PAGES, 2)
    assert max(samples["under_way"]) >= 0
    assert (out / "_bulk-report.json").exists()  # the result of the document of that name
    page = (out / "bulk-report.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;.pdf" in page
    assert page.count("<polyline") == 3
    assert "prefers-color-scheme: dark" in page
    assert not re.search(r"<script|https?://|<b>|onload|src=", page)


def test_what_was_paid_and_not_delivered_and_what_a_death_took_along_is_told(server: Upstream, tmp_path: Path) -> None:
    bills = Bills()
    pdfs(tmp_path / "in", 2)
    held: list[Exchange] = []

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        if exchange.received.json["document"]["document_name"] == "001.pdf" and 2 in exchange.received.json["pages"]:
            held.append(exchange)
            return
        await bills(exchange)

    server.default = behave
    arguments = ("in", "--out", "out", "--pages-per-request", "1")
    running = started(*arguments, server=server, cwd=tmp_path)
    end = time.monotonic() + 60
    while not held or sum(bills.pages.values()) < 5:
        assert running.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(1.0)
    running.kill()
    running.communicate(timeout=20)
    server.default = faults.status(401)
    assert bulk("run", *arguments, *MISTRAL, server=server, cwd=tmp_path).returncode == 75
    found = report(tmp_path / "out")
    assert found["billed_not_delivered"] == {"pages": 2, "cost_usd": pytest.approx(0.008)}
    assert found["deaths"] == {"runs": 1, "pages_in_flight": 1}
    server.default = bills
    assert bulk("run", *arguments, *MISTRAL, server=server, cwd=tmp_path).returncode == 0
    found = report(tmp_path / "out")
    assert found["billed_not_delivered"]["pages"] == 0
    assert found["deaths"] == {"runs": 1, "pages_in_flight": 1}
    assert set(states(tmp_path / "out").values()) == {"done"}
