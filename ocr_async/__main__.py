"""``python -m ocr_async`` is the command ``ocr-async``."""

if __name__ == "__main__":  # and not where a process that `export.apart` starts loads this file anew
    import sys

    from .cli import main

    sys.exit(main())
