"""What each test costs in energy and CO2e: a pytest plugin on CodeCarbon."""

__version__ = "0.1.0"
