"""A pytest plugin that reports the energy and CO2e of each test, based on CodeCarbon."""

__version__ = "0.1.0"
