"""Files of scales, as users write them."""

from __future__ import annotations

FROZEN = """
name = "Ours"
version = "2"
date = "2026-01-01"
unit = "gCO2eq per 1000 tokens"
edge = "worse"
worst = "C"
[cutoffs]
A = 0.15
B = 0.25
"""
