"""What only a person can fill in, in a manifest."""

from __future__ import annotations

from typing import Final

TODO: Final = "TODO(person)"
"""The start of each text that a person has to replace."""
