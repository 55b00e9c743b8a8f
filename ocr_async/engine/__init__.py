"""
The embedded engine: bytes in, pages out. It knows nothing of providers, HTTP or asyncio.

    pdf       a PDF's text layer, vectors and pages            office    Word, Excel, OpenDocument, EPUB, HTML
    scan      what a picture of a page shows beside text       layout    from lines to regions in reading order
    ocr       recognition: find, turn and read lines           searchable  PDFs with what was read under their pages

At the top is what all ways share: a page's values (`page`), what it becomes (`markdown`, `assembly`, `result`,
`output_format`), the tasks (`reading`), and the process that does them (`worker`, `sandbox`). May import the values,
what crosses to worker processes, and its extras.
"""
