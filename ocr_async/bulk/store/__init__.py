"""
Where the documents of a job lie and its results go: folders of this machine, and buckets.

`port` says what a job asks of either; `files` and `objects` answer, the second by `_buckets`; `places` finds the one
that a path or an address names. `held` is a document while it is read.
"""
