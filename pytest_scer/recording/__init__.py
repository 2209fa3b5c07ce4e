"""In the process that runs tests: from readings to the record of each test.

``metering`` opens the meter while pytest collects. The ``recorder`` reads it at the edges of each
stage and keeps one ``testrun`` a test. ``verdicts`` judges the test: its budgets, which
``confirmation`` may settle by more runs, and its baseline (``regressions``). ``rerun`` is the one
module that needs pytest's private API. ``entries`` makes the record that goes to the collector.
"""
