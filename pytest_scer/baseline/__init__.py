"""Baselines: what a session is compared with, and when a difference is a regression.

All of it is pure but :mod:`pytest_scer.baseline.store`, which reads and writes the files.
"""
