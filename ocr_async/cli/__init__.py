"""The command line, `ocr-async`."""
