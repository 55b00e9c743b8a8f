"""The report of a job that people keep: a page for them and its facts for machines, beside the results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from itertools import islice
from typing import Any

import anyio

from ...wording import counted
from ..standing import STATES, Standing
from ..store.port import Store
from .picture import picture
from .report import Report, named, report
from .samples import Samples


__all__ = ["STEM", "summarize"]

STEM = "bulk-report"
_SCHEMA = 1
_MOST = 1000  # failures that are listed; the manifest has all
_NOT_DONE = ("failed", "partial", "dead")


def summarize(ledger: Standing, out: Store) -> None:
    """
    Write the report of a job into *out*. Blocks.

    Raises:
        Paused: There is no room for it.
    """
    found = report(ledger)
    facts = _facts(ledger, found)
    text = json.dumps(facts, ensure_ascii=False, indent=1) + "\n"
    page = _page(facts, found, ledger.samples())
    for ending, each in {".json": text, ".html": page}.items():
        anyio.run(out.put, named(ledger, STEM, ending), each.encode("utf-8", "backslashreplace"))


def _facts(ledger: Standing, found: Report) -> dict[str, Any]:
    pages, cost = ledger.undelivered()
    deaths, lost = ledger.deaths()
    rows = (row for row in ledger.rows() if row["state"] in _NOT_DONE)
    failures = [
        {"document": row["document"], "state": row["state"], "error": row["cause"]} for row in islice(rows, _MOST)
    ]
    return {
        "schema": _SCHEMA,
        "model": ledger.settings().get("model"),
        "inputs": found.inputs,
        "duplicates": found.duplicates,
        "states": found.counts,
        "adds_up": found.adds_up,
        "pages": found.pages,
        "cost_usd": round(found.cost, 9),
        "cost_is_complete": not found.unpriced,
        "billed_not_delivered": {"pages": pages, "cost_usd": round(cost, 9)},
        "deaths": {"runs": deaths, "pages_in_flight": lost},
        "failures": failures,
        "failures_listed": len(failures),
        "failures_in_all": sum(found.counts[state] for state in _NOT_DONE),
        "samples": ledger.samples().to_dict(),
    }


_STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1c; --quiet: #666; --paper: #fff; --line: #ddd;
        --a: #1769aa; --b: #b3261e; --c: #4a7c23; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --quiet: #a0a0a0; --paper: #161616; --line: #3a3a3a;
          --a: #7ab8f5; --b: #f2928b; --c: #a6d37a; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
       max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line);
         vertical-align: top; overflow-wrap: anywhere; }
td.number { text-align: right; white-space: nowrap; }
svg { width: 100%; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: var(--quiet); }
svg .axis { stroke: var(--line); }
polyline { fill: none; stroke-width: 1.5; }
polyline.pages { stroke: var(--a); }
polyline.throttled { stroke: var(--b); }
polyline.under-way { stroke: var(--c); }
"""


def _page(facts: Mapping[str, Any], found: Report, samples: Samples) -> str:
    pages, cost = facts["billed_not_delivered"].values()
    runs, in_flight = facts["deaths"].values()
    least = "" if facts["cost_is_complete"] else "at least "
    shown = [state for state in STATES if found.counts[state] or state == "done"]
    rows: list[tuple[str, int | str]] = [(state, found.counts[state]) for state in shown]
    rows += [("inputs in all", found.inputs), ("of them duplicates", found.duplicates), ("pages read", found.pages)]
    rows += [("spent", f"{least}{found.cost:.4f} USD")]
    rows += [("billed and not delivered", f"{counted(pages, 'page')}, {cost:.4f} USD")]
    rows += [("in flight when a run died", f"{counted(in_flight, 'page')}, {counted(runs, 'death')}")]
    table = "".join(f'<tr><th>{name}</th><td class="number">{value}</td></tr>' for name, value in rows)
    sums = "" if found.adds_up else "<p><strong>The counts do not add up.</strong></p>"
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Bulk job</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>Bulk job with {escape(str(facts['model']))}</h1>\n{sums}<table>{table}</table>\n"
        f"<h2>How it went</h2>\n{picture(samples)}\n{_failures(facts)}</body></html>\n"
    )


def _failures(facts: Mapping[str, Any]) -> str:
    if not facts["failures"]:
        return "<h2>Failures</h2><p>None.</p>"
    names = ("state", "document", "error")
    cells = (["<td>" + escape(one[name] or "") + "</td>" for name in names] for one in facts["failures"])
    rows = "".join(f"<tr>{''.join(row)}</tr>" for row in cells)
    more = facts["failures_in_all"] - facts["failures_listed"]
    rest = f"<p>{more} more are in the manifest.</p>" if more else ""
    return f"<h2>Failures</h2><table>{rows}</table>{rest}"
