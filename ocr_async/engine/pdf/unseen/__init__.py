"""
Text that is in a page and that nobody sees on it.

Covered, switched off with its layer, as white as the page, or clear.
"""
