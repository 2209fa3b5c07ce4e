"""The output formats of a report, one module each: terminal, CSV, OpenMetrics, SVG, YAML, ...

Each reads :mod:`pytest_scer.report.model` and does its own escaping. ``writing`` lists the formats
of ``--scer-output``.
"""
