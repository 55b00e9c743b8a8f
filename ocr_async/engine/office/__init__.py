"""
Documents whose text flows: Word, PowerPoint, Excel, OpenDocument, EPUB and HTML files become the pages that scans
become.

May import the engine's top and `scan`.
"""
