"""Pictures of a report or a history, as Vega-Lite or Vega specifications with their data inline.

One module a picture. Each has ``chart(...)``, which returns None if there is nothing to draw. Data
stay in SI units, in fields that carry their unit; axes and labels scale them.
"""
