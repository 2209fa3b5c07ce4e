"""The report in the terminal: one module per block, and what lays them out within its width."""

from __future__ import annotations

from typing import Final

TOP: Final = 10
"""The rows of its ranking, unless the user wants another number. Here, because the options need it
in every session: the modules of the room take longer to import."""
