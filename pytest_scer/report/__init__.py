"""The report: its shape, how it is built, and one module for each form it is written in."""
