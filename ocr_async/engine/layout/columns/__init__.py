"""
Columns: lines that a parser joined or tore are put right (`joints`, `narrow`, `justified`, on scans `torn`), a page is
cut where `gutters` divide it (`order`), by what stands `beside` them, and not at what columns run around (`insets`);
`blocks` orders what stands side by side and is neither columns nor a table.
"""
