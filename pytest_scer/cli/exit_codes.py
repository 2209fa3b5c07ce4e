"""Exit codes of the command, as pytest's."""

from typing import Final

OK: Final = 0
FAILED: Final = 1
"""A budget or a regression failed."""
INTERRUPTED: Final = 2
"""The user ended the command."""
USAGE: Final = 4
"""Bad usage or bad input."""
