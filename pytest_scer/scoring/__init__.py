"""Scores, ratings and estimates: arithmetic on figures that were measured elsewhere.

`sci` turns joules into grams per functional unit, `scores` sums tests into models, `peers` says
who may be compared with whom, `scer` and `scales` turn a comparison into a `Rating`,
`estimates` and `equivalents` answer "what if" and "how much is that".
"""
