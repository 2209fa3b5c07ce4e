"""One module for each form in which a report leaves: terminal, CSV, OpenMetrics, SVG, YAML, ...

Each reads :mod:`pytest_scer.report.model` and escapes what it writes in its own way. ``writing``
lists the formats of ``--scer-output``.
"""
