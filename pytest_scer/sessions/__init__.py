"""The four roles of a process; ``plugin.py`` chooses one when pytest is configured.

``local`` runs the tests and collects their records. With pytest-xdist, each ``worker`` runs tests
and the ``controller`` collects. ``dormant`` waits for a test that asks to be measured.
"""
