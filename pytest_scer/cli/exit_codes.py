"""Exit codes of the command, the same as pytest's."""

from typing import Final

OK: Final = 0
FAILED: Final = 1
"""Over budget, a regression, or a manifest with errors."""
INTERRUPTED: Final = 2
"""The user interrupted the command."""
USAGE: Final = 4
"""Bad usage or bad input."""
