"""The constants of the field (watts, grams, intensities, errors, noise), each with its source.

Every other room takes them from here. A test walks the package for such constants elsewhere.
"""
