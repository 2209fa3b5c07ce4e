"""The four kinds of process, of which ``plugin.py`` chooses one when pytest is configured.

``local`` runs the tests and collects their records. Under pytest-xdist a ``worker`` does the one
and the ``controller`` the other. ``dormant`` waits for a test that asks to be measured.
"""
