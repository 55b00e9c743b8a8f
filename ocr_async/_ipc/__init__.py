"""
What crosses the border between this process and the engine's workers.

    memory     bytes that both can map: documents, and pictures of pages
    values     the classes whose values may cross, each checked field by field where it arrives
    messages   a message as bytes, and back
    sockets    messages over a blocking socket, the memory's descriptors beside them
    starting   a worker process and the socket to it

A worker reads hostile documents, so what it says is data: nothing in a message names a function, or a class that is
not in the table of `values`. Imports the values and `_platform`.
"""
