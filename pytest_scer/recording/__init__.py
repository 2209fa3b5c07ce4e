"""The measuring side, in the process that runs tests: from meter readings to one record per test.

``metering`` opens the meter while pytest collects. The ``recorder`` reads it at the start and end
of each stage and keeps one ``testrun`` per test. ``verdicts`` judges the test's budgets, which
``confirmation`` may decide with more runs, and its baseline (``regressions``). ``rerun`` is the
only module that needs pytest's private API. ``entries`` makes the record for the collector.
"""
