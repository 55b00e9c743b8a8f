"""
What letters are and show: the weight and width that a font's name tells (`fonts`), the arrows of symbol fonts
(`signs`), ligatures whose parts are told wrongly (`ligatures`, `arabic`), letters that are set apart (`spacing`), and
what TeX shows (`tex`).
"""
