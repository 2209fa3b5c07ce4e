"""Figures in other plugins and tools; ``plugins`` registers the integrations that apply."""
