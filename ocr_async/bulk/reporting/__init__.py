"""
What people and machines are told of a job: how far it is, and what became of it.

`samples` say how fast it went, `progress` how far it is, which `metrics` serve and `event_log` writes down; `report`
counts what the ledger says and writes the manifest, `summary` the page for people, with `picture`.
"""
