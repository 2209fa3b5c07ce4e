"""Two commits compared on one machine, their tests run in turns: ``pytest-scer ab``.

``trees`` copies each commit. ``side`` starts pytest in one copy; in that process, ``loop`` runs the
test that ``experiment`` asks for over a ``channel``, and ``foreign`` finds modules that came from
another copy. ``pairs``, ``noise`` and ``verdicts`` decide what paired runs prove, and ``planning``
decides which tests to run again. ``compare`` ties it all together.
"""
