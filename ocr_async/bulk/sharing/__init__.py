"""
A job that several machines share, which tell each other by nothing but objects in the bucket of its results.

`leases` says who reads a document, and until when; `sharing` is one run among the others; `results` are written by
whoever may; `notes` is what the ledger of a machine learns, and tells.
"""
