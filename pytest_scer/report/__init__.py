"""What a report is: its ``model``, how sums are built, its JSON and schema, journal, merging.

``to_json`` and ``from_json`` are each other's inverse; ``schema`` describes what they exchange.
``scores``, ``ratings`` and ``phases`` say what a report holds of each model.
"""
