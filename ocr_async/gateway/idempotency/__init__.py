"""
Idempotency-Key: the same request twice is worked on once, whoever is cancelled meanwhile.

Answers are kept in `storage`; a route takes part by `idempotency.once(handler)`.
"""
