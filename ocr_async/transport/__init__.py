"""Doing it: HTTP, retries, limits, worker processes."""
