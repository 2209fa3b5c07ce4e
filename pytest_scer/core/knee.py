"""The knee of a curve: where going further saves hardly anything."""

from __future__ import annotations

from collections.abc import Sequence


def knee(xs: Sequence[float], costs: Sequence[float]) -> int:
    """The index of the knee of a falling curve: what lies furthest below its chord.

    Both axes are scaled to 0 to 1, as in Satopaa et al., "Finding a 'Kneedle' in a Haystack",
    ICDCSW 2011, doi:10.1109/ICDCSW.2011.20, without their smoothing.

    Args:
        xs: At least two values, rising.
        costs: The cost at each; the last must be lower than the first.

    Returns:
        The index. The last one if no point lies below the chord: all of the way is worth going.
    """
    width, fall = xs[-1] - xs[0], costs[0] - costs[-1]
    below = [
        (1 - (x - xs[0]) / width) - (cost - costs[-1]) / fall
        for x, cost in zip(xs, costs, strict=True)
    ]
    best = max(range(len(below)), key=below.__getitem__)
    return best if below[best] > 1e-9 else len(xs) - 1
