"""
Where keys, spend, files, batches and answers are kept: `port` and its parts, such as `files`, say what every storage
does, `local` does it on this machine for one gateway, `postgres` in a database for several.

Nothing here knows HTTP. `sweeper` deletes what has expired; `measure` is what both storages tell of a file on its way.
"""
