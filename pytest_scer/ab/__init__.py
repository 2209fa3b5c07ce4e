"""Two commits compared on one machine, their tests run in turns: ``pytest-scer ab``.

``trees`` makes a copy of each commit. ``side`` starts pytest in one of them; in that process,
``loop`` runs the test that ``experiment`` asks for over a ``channel``, and ``foreign`` finds
modules that came from another copy. ``pairs`` says what paired runs prove, ``planning`` which
tests to run again. ``diagnosis`` explains a side that does not start.
"""
