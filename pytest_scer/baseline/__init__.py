"""Baselines: what a session is compared with, and when a difference is a regression.

``store`` reads and writes the files, ``writing`` lets one session at a time do so, ``history``
chooses the sessions to compare with, ``fingerprint`` decides which sessions are comparable,
``reference`` is the workload that shows the machine's current speed. ``noise`` and ``gate`` decide;
``judging`` and ``session`` apply them to tests and sessions.
"""
