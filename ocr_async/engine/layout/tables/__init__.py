"""
Tables: found by rulings (`drawn`) or by the place of their words (`aligned`), and divided into cells
(`grid`, `wrapping`, `completing`, `placing`).
"""
