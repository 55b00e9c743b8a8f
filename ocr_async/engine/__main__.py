"""``python -m ocr_async.engine WAY FOLDER KIND``: a worker process; `_ipc.starting` says what the arguments are."""

from __future__ import annotations

import sys

from .._ipc.starting import connected
from .worker import serve


if __name__ == "__main__":
    *way, kind = sys.argv[1:]
    with connected(*way) as connection:
        serve(connection, kind)
