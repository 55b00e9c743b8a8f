"""
Recognition of pages without a usable text layer: find the lines, turn the page upright, read the lines.

May import the engine's top and `scan`.
"""
