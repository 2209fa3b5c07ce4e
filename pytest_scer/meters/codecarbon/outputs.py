"""The outputs that CodeCarbon's configuration asks for, and what to use instead of each.

The plugin writes what its own options ask for, and sends nothing. Users whose training runs appear
on CodeCarbon's dashboard may expect their tests to appear there, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from pytest_scer.meters.codecarbon.configuration import Configuration, shown


class Substitute(NamedTuple):
    """An output of CodeCarbon that a session does not give.

    Attributes:
        what: What the plugin does not do.
        instead: What to use.
        kind: The output of a session that gives the same; empty if there is none.
    """

    what: str
    instead: str
    kind: str = ""


SUBSTITUTES: Final = {
    "csv": Substitute("writes no emissions.csv", "--scer-output emissions.csv", "csv"),
    "api": Substitute(
        "sends nothing to CodeCarbon's API and dashboard",
        "--scer-output report.html for a page, --scer-history DIR for the trend",
    ),
    "logger": Substitute("writes to no logger", "--scer-report, or the hook pytest_scer_report"),
    "prometheus": Substitute(
        "pushes nothing to Prometheus",
        "--scer-output metrics.prom, and a later step that pushes it",
        "prom",
    ),
    "logfire": Substitute(
        "sends nothing to Logfire", "--scer-output report.json, or the hook pytest_scer_report"
    ),
    "boamps": Substitute(
        "writes no BoAmps report",
        "--scer-output report.json, or --scer-output manifest.yaml for a disclosure",
    ),
}
"""By the names that ``output_methods`` has for them (CodeCarbon 3.3.2, ``OutputMethod``)."""
_OTHERS: Final = {
    "emissions_endpoint": Substitute(
        "sends nothing to this address", "--scer-output report.json, and a later step that sends it"
    ),
    "output_handlers": Substitute("calls no such handler", "the hook pytest_scer_report"),
}
"""By the keys that ask for them in addition to ``output_methods``."""
_FLAGS: Final = {
    "save_to_file": "csv",
    "save_to_api": "api",
    "save_to_logger": "logger",
    "save_to_prometheus": "prometheus",
    "save_to_logfire": "logfire",
}
"""The flags that ``output_methods`` replaces."""
_FILE_KEYS: Final = ("output_file", "output_dir")
"""Keys that ask for the file, which is CodeCarbon's default: unless it is asked for, its absence is
no news."""


def ignored(conf: Configuration, written: Collection[str]) -> Iterator[str]:
    """Yield a warning for each output that the configuration asks for and the session lacks.

    No value is shown: an address may hold a token, a directory the user's name.

    Args:
        conf: CodeCarbon's configuration.
        written: The formats that the session writes, by their suffix.
    """
    for key, method, substitute in _asked(conf):
        if substitute.kind not in written:
            what = f"{_where(conf, key)}{f' ({method})' if method else ''}"
            yield f"{what}: pytest-scer {substitute.what}; use {substitute.instead}"


def _where(conf: Configuration, key: str) -> str:
    """The variable of the environment, or the file and its key."""
    source = shown(conf.sources[key])
    return source if source.lower().endswith(key) else f"{source}: {key}"


def _asked(conf: Configuration) -> Iterator[tuple[str, str, Substitute]]:
    """Yield the key that asks for an output, its name if the key has several, and the substitute.

    ``output_methods`` replaces the flags, as in CodeCarbon.
    """
    methods = conf.values.get("output_methods")
    if methods is not None:
        for name in dict.fromkeys(each.strip() for each in methods.split(",")):
            if name in SUBSTITUTES:
                yield "output_methods", name, SUBSTITUTES[name]
    else:
        yield from _flagged(conf)
    for key, substitute in _OTHERS.items():
        if conf.values.get(key):
            yield key, "", substitute


def _flagged(conf: Configuration) -> Iterator[tuple[str, str, Substitute]]:
    set_to = {key: conf.values.get(key, "").lower() == "true" for key in _FLAGS}
    for key, name in _FLAGS.items():
        if set_to[key]:
            yield key, "", SUBSTITUTES[name]
    if "save_to_file" not in conf.values:
        named = next((key for key in _FILE_KEYS if key in conf.values), None)
        if named is not None:
            yield named, "", SUBSTITUTES["csv"]
