"""
Searchable PDFs: a document's pages as they are, with an invisible layer of the words that were read on them.

pikepdf writes them, whose qpdf copies a file's streams as they lie there and keeps none of them in memory; pypdf holds
every object of a document, and pdfium can write no bookmarks. May import the top of the engine and `scan`.
"""
