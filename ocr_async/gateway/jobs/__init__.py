"""
The work behind ``POST /v1/ocr/jobs``: `runner` does what this process works on, `registry` is the port to all jobs of
the gateway, `stored` has them in the storage that several gateways share, `requests` writes down what a job was asked.

The routes are `routes.jobs`; with ``--workers`` and no database the jobs are `multiprocess.shared`'s.
"""
