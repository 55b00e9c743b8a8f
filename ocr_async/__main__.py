"""``python -m ocr_async`` is the command ``ocr-async``."""

import sys

from .cli import main


sys.exit(main())
