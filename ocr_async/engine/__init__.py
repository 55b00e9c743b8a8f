"""The embedded engine: bytes in, pages out. It knows nothing of providers, HTTP or asyncio."""
