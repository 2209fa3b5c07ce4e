"""Scores, ratings and estimates, calculated from measured figures.

`sci` converts joules to grams per functional unit, `scores` sums the tests of each model, `peers`
decides which models may be compared, and `scer` and `scales` turn a comparison into a `Rating`.
`estimates` and `equivalents` answer "what if" and "how much is that".
"""
