"""The report: its data ``model``, totals, JSON and schema, journal and merging.

``to_json`` and ``from_json`` are inverses; ``schema`` describes the JSON between them. ``scores``,
``ratings`` and ``phases`` calculate the figures of each model from a report.
"""
