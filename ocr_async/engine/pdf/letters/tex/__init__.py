"""What TeX's fonts show: formulas and their limits, brackets, and the codes of its bitmap fonts."""
