"""``python -m ocr_async.gateway.multiprocess``: a worker; `worker` says what the arguments are."""

from __future__ import annotations


if __name__ == "__main__":  # and not where a process that `export.apart` starts loads this file anew
    from .worker import main

    main()
