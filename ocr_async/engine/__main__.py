"""``python -m ocr_async.engine KIND``: a worker process; its socket is standard input."""

from __future__ import annotations

import socket
import sys

from .worker import serve


if __name__ == "__main__":
    with socket.socket(fileno=0) as connection:
        serve(connection, sys.argv[1])
