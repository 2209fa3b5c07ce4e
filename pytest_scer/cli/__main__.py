"""Run the command as ``python -m pytest_scer.cli``."""

import sys

from pytest_scer.cli import main

if __name__ == "__main__":
    sys.exit(main())
