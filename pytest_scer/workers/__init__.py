"""Coordination of the processes of pytest-xdist.

``messages`` has the keys of what controller and workers send each other; ``hosts`` decides which
process meters which machine. Workers of one host share constant power (``shared_clock``,
``constant_power``) and GPUs (``visible_gpus``), run budgeted tests one at a time (``turns``) and
stop together (``stop_flag``). The files for that are in a private directory (``shared_directory``).
"""
