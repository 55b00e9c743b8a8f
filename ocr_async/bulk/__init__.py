"""
Thousands of documents in one job that goes on where it was stopped: each page paid for once, each result whole.

`ledger` knows what was done and owns that promise; `runner` reads what is left, with `window` and `outage` saying when;
`publish` and `results` make what is written; `store` knows where that goes, and where documents lie; `report` counts.
Whatever may be stopped and goes on later ends in `pausing.Paused`, never in a failed document.
"""
