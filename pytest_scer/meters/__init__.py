"""Energy meters: clocks, counters, models and constants.

``opening`` finds the best source for each component, with the help of ``codecarbon``, and builds
the ``hardware`` meter from them. ``base`` is the interface of every meter; ``simulated`` is a
meter with a known power draw.
"""
