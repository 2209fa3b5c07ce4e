"""Where results meet: from the records of tests to one report.

The ``collector`` receives the records, wherever the tests ran, keeps the journal (``journaling``),
judges what was budgeted as a whole (``session_budgets``), compares the session with its baseline
and saves it (``session_baseline``), and has the report written.
"""
