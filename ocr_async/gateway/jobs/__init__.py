"""
The work behind ``POST /v1/ocr/jobs``: `runner` does what this process works on, `stored` has all jobs of the gateway in
its storage, `requests` writes down what a job was asked.

The routes are `routes.jobs`.
"""
