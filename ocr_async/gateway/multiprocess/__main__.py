"""``python -m ocr_async.gateway.multiprocess``: a worker; `worker` says what the arguments are."""

from __future__ import annotations

from .worker import main


if __name__ == "__main__":
    main()
