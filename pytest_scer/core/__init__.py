"""Pure computation: units, measurements, budgets, statistics. No pytest, CodeCarbon or I/O."""

from typing import Final

COMPONENTS: Final = ("cpu", "gpu", "ram")

STAGES: Final = ("setup", "call", "teardown")
"""The stages of a test, in the order in which they run."""

LARGEST: Final = 1e9
"""The largest number that a setting accepts: products of larger ones could leave the range of
floating-point numbers."""

LARGEST_FIGURE: Final = 1e60
"""The largest figure in a report: products of five such figures are finite (IEEE 754)."""

KINDS: Final = ("json", "csv", "md", "html", "yaml", "svg", "prom")
"""The formats of a report, by the suffix of their files. Here, because the options name them in
every session: the modules that write them take longer to import."""

TOP: Final = 10
"""The rows of the ranking in the terminal, unless the user wants another number. Here for the same
reason."""
