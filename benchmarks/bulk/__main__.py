"""Runs the parts that are named."""

from __future__ import annotations

from . import main


main()
