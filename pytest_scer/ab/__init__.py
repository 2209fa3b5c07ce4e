"""Two commits compared on one machine, their tests run in turns: ``pytest-scer ab``.

``trees`` makes a copy of each commit. ``side`` starts pytest in one of them; in that process,
``loop`` runs the test that ``experiment`` asks for over a ``channel``, and ``foreign`` finds
modules that came from another copy. ``pairs``, ``noise`` and ``verdicts`` say what paired runs
prove, and ``planning`` which tests to run again. ``compare`` is the whole of it.
"""
