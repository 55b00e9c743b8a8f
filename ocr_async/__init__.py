"""One await for every OCR engine."""
