"""
Doing it: HTTP, retries, limits, worker processes.

May import values, `_platform` and `_ipc`, aiohttp, anyio and tenacity; never providers, formats or documents.
"""
