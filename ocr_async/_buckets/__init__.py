"""
Buckets of S3, Google Cloud Storage and Azure, or of a server that speaks S3, by obstore: the one place that builds a
store from an address (`connecting`), and that puts what obstore raises into this project's errors (`refusals`).

Bulk jobs read and write them by `bulk.store`, gateways that share a database by `gateway.storage`.
"""
