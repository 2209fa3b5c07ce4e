"""Exit codes of the command, as pytest's."""

from typing import Final

OK: Final = 0
FAILED: Final = 1
"""A budget or a regression failed."""
USAGE: Final = 4
"""Bad usage or bad input."""
