"""Other plugins and tools that show what was measured; ``plugins`` chooses those that are there."""
