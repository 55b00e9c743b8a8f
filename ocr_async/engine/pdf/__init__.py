"""
What a PDF says itself: opened and drawn (`pdf`), its text layer and vectors as a `Sheet`, and whether that is to trust.

`pdf` speaks to pdfium (with `objects` and `annotations`), and `text_layer` to liteparse. Knows nothing of
recognition or of layout.
"""
