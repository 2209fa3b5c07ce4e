"""How a team can test its models with pytest-scer. Start with `README.md`."""
