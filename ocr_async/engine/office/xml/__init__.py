"""
The XML of Office files, rewritten before office-oxide reads it, so that it finds there what it does not know to show:
numbers of paragraphs and formulas (`word`, `slides`), which cells are hidden (`workbooks`, `sheet`).

`parts` finds and replaces pieces of the files inside, `marks` stand for what readers take out of the text again.
"""
