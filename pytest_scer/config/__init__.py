"""What the user asked for: options, configuration keys and markers, checked before the first test.

``options`` is the table of all options, ``values`` reads what is written in one, ``registration``
connects both with pytest, ``settings`` holds the result, ``marker`` is ``@pytest.mark.scer``.
"""
