"""What a team's tests of its models look like with pytest-scer. Start with `README.md`."""
