"""
Documents read by the provider's own batch jobs: `jobs` does jobs, `documents` is a call of many documents.

May import `call`'s modules, and what they may import.
"""
