"""
The work behind the Batch API: `runner` does the jobs, `lines` reads their requests and writes their results.

The routes are `routes.batches`; jobs and results lie in `storage`.
"""
