"""
Tables: found by rulings (`drawn`, from `ruled`) or by the place of their words (`aligned`), and divided into cells
(`grid`, `wrapping`, `completing`, `placing`).
"""
