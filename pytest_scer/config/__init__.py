"""Options, configuration keys and markers, all validated before the first test.

``options`` is the table of all options, ``values`` parses their values, ``registration`` registers
them with pytest, ``settings`` holds the result, ``marker`` reads ``@pytest.mark.scer``.
"""
