"""
Where the documents of a job are read: in this process, in others, on a cluster.

`port` says what an executor is; `local` reads in this process; `distant` reads in worker processes, whoever runs them:
`processes`, for any executor of `concurrent.futures`, or `dask`. `worker` is what those run; `receipts` are the files
by which pages come back, and outlive whoever wrote them; `choice` makes what the command line names. `batch` has the
provider read in its own time.

The ledger stays with the runner, in the main process: an executor counts nothing, bills nothing, and blames nobody.
"""
