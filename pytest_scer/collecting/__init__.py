"""The reporting side: from the records of all tests to one report.

The ``collector`` receives the records, wherever the tests ran, writes the journal (``journaling``),
judges budgets of the session and of sums (``session_budgets``), compares the session with its
baseline and saves it (``session_baseline``), and has the report written.
"""
