"""Where joules come from: clocks, counters, models and constants.

``opening`` finds the best source for each component, with the help of ``codecarbon``, and builds
the ``hardware`` meter from them. ``base`` is what every meter promises, ``simulated`` a meter whose
draw is known.
"""
