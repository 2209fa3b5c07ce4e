"""What the processes of pytest-xdist share: who runs where, and what belongs to no worker alone.

``messages`` names what controller and workers tell each other; ``hosts`` says who meters which
machine. Workers of one host share constant power (``shared_clock``, ``constant_power``) and GPUs
(``visible_gpus``), let budgeted tests run one at a time (``turns``) and stop together
(``stop_flag``).
"""
