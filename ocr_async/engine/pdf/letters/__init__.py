"""
What letters are and show: the weight and width that a font's name tells (`fonts`), the arrows of symbol fonts
(`signs`), ligatures whose parts are told wrongly (`ligatures`, `arabic`), signs of mathematics that belong to words
(`formulas`) and letters that are set apart (`spacing`).
"""
