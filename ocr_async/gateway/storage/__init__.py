"""
Where keys, spend, files, batches and answers are kept: `port` and `accounts` say what every storage does, `local` does
it on this machine.

Nothing here knows HTTP. `sweeper` deletes what has expired. A second storage is a folder beside `local`.
"""
