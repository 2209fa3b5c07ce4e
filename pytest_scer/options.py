"""Every option and configuration key, once: how each is written, read and explained.

Every pytest session of every user imports this module: what only a given value needs is imported
where that value is read. :mod:`pytest_scer.settings` holds what the values come to.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import pytest

from pytest_scer.core import COMPONENTS

if TYPE_CHECKING:
    from pytest_scer.baseline.gate import Threshold
    from pytest_scer.baseline.history import Baseline
    from pytest_scer.core.budget import Budget
    from pytest_scer.core.rules import BudgetRule
    from pytest_scer.meters.base import TrackingMode
    from pytest_scer.report.files import Output
    from pytest_scer.scoring.peers import Peer
    from pytest_scer.scoring.rating import Scale
    from pytest_scer.scoring.sci import Embodied

FAIL_ON: Final = ("budget", "regression", "inconclusive", "unmeasured")
OUTPUT_KINDS: Final = ("json", "csv", "yaml", "svg", "prom")
SORT_KEYS: Final = ("energy", "co2e", "duration", "name", "order")


def _number(at_least: float, what: str) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= at_least):
            raise ValueError(f"{text!r} is not {what}: expected a number of at least {at_least:g}")
        return value

    return parse


def _count(at_least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.strip().isdecimal() or int(text) < at_least:
            raise ValueError(f"{text!r} is not a whole number of at least {at_least}")
        return int(text)

    return parse


def parse_repeats(text: str) -> int | Literal["auto"]:
    """Read ``--scer-repeats``: a number of runs, or ``auto``."""
    return "auto" if text.strip() == "auto" else _count(1)(text)


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.strip() not in choices:
            raise ValueError(f"{text!r} is unknown: expected one of {', '.join(choices)}")
        return text.strip()

    return parse


def _several_of(*choices: str, none: bool = False) -> Callable[[str], frozenset[str]]:
    def parse(text: str) -> frozenset[str]:
        words = [word.strip() for word in text.split(",")]
        if none and words == ["none"]:
            return frozenset()
        unknown = [word for word in words if word not in choices]
        if unknown:
            more = "; or 'none' alone" if none else ""
            raise ValueError(
                f"{unknown[0]!r} is unknown: expected some of {', '.join(choices)}{more}"
            )
        return frozenset(words)

    return parse


def _budget(text: str) -> Budget:
    from pytest_scer.core.budget import Budget

    return Budget.parse(text)


def _budget_rule(text: str) -> BudgetRule:
    from pytest_scer.core.rules import BudgetRule

    return BudgetRule.parse(text)


def _baseline(text: str) -> Baseline:
    from pytest_scer.baseline.history import Baseline

    return Baseline.load(Path(text))


def _save_baseline(text: str) -> Path:
    from pytest_scer.baseline.store import BadBaseline, check_target

    if text.endswith("/") and not Path(text).is_dir():
        raise BadBaseline(f"{text}: there is no such directory; create it first")
    return check_target(Path(text))


def _max_regression(text: str) -> Threshold:
    from pytest_scer.baseline.gate import Threshold

    return Threshold.parse(text)


def _tracking_mode(text: str) -> TrackingMode | None:
    from pytest_scer.meters.base import TrackingMode

    choice = _one_of("auto", *(mode.value for mode in TrackingMode))(text)
    return None if choice == "auto" else TrackingMode(choice)


def _output(text: str) -> Output:
    from pytest_scer.report.files import Output

    kind, colon, path = text.partition(":")
    if not colon or kind not in OUTPUT_KINDS:
        path, kind = text, Path(text).suffix.removeprefix(".").lower()
    if kind not in OUTPUT_KINDS or not path:
        raise ValueError(
            f"cannot tell what to write to {text!r}: expected a suffix of "
            f"{', '.join('.' + known for known in OUTPUT_KINDS)}, or KIND:PATH with such a KIND"
        )
    if kind == "yaml" and find_spec("yaml") is None:
        raise ValueError(f"{text}: YAML needs PyYAML: pip install 'pytest-scer[manifest]'")
    return Output(kind, Path(path))


def _country(text: str) -> str:
    if not (len(text) == 3 and text.isalpha() and text.isascii()):
        raise ValueError(f"{text!r} is not an ISO 3166-1 alpha-3 code, such as FRA, DEU or USA")
    return text.upper()


def _cloud(text: str) -> str:
    provider, _, region = text.partition("/")
    if not provider or not region:
        raise ValueError(f"{text!r} is not PROVIDER/REGION, as in gcp/europe-north1")
    return text


def _embodied(text: str) -> Embodied:
    from pytest_scer.scoring.sci import parse_embodied

    return parse_embodied(text)


def _peers(text: str) -> tuple[Peer, ...]:
    from pytest_scer.report.ratings import read_peers

    return tuple(read_peers(Path(text)))


def _scale(text: str) -> Scale:
    from pytest_scer.report.ratings import read_scale

    return read_scale(text)


class Option:
    """One setting: how it is written on the command line and in the configuration.

    Neither a tuple nor a dataclass: making such a class takes as long as all the rest of this
    module, in every session.
    """

    __slots__ = (
        "cli",
        "default",
        "directory",
        "file",
        "help",
        "ini",
        "many",
        "metavar",
        "name",
        "parse",
    )

    def __init__(
        self,
        name: str,
        parse: Callable[[str], Any] | None,
        help: str,  # noqa: A002 - as argparse calls it
        metavar: str | None = None,
        *,
        many: bool = False,
        cli: bool = True,
        ini: bool = True,
        default: str = "",
        file: bool = False,
        directory: bool = False,
    ) -> None:
        """Describe a setting.

        Args:
            name: The field of the settings; the flag and the key are made from it.
            parse: From text to value; a ValueError says what would have been right. None for a
                flag.
            help: What it means, as ``pytest --help`` and the reference print it.
            metavar: What stands for its value there.
            many: Whether it may be given several times (a linelist in the configuration).
            cli: Whether there is a command-line option.
            ini: Whether there is a configuration key.
            default: The value where nobody gives one, as the reference prints it.
            file: Whether it may name a file to read, which in the configuration stands beside it.
            directory: Whether that may be a directory as well.
        """
        self.name = name
        self.parse = parse
        self.help = help
        self.metavar = metavar
        self.many = many
        self.cli = cli
        self.ini = ini
        self.default = default
        self.file = file
        self.directory = directory

    @property
    def flag(self) -> str:
        """The command-line option."""
        return "--scer-" + self.name.replace("_", "-")

    @property
    def key(self) -> str:
        """The configuration key."""
        return "scer_" + self.name

    @property
    def ini_type(self) -> Literal["bool", "linelist", "string"]:
        """The type of the configuration key, as pytest names it."""
        if self.parse is None:
            return "bool"
        return "linelist" if self.many else "string"


OPTIONS: Final[tuple[Option, ...]] = (
    Option("report", None, "print the SCER report at the end of the session"),
    Option(
        "output",
        _output,
        "also write the report to PATH; its suffix chooses the form "
        f"({', '.join(OUTPUT_KINDS)}), KIND:PATH names it outright",
        "PATH",
        many=True,
    ),
    Option("budget", _budget, "budget of the whole session", "BUDGET", many=True),
    Option(
        "test_budget",
        _budget,
        "default budget of each test that has none of its own",
        "BUDGET",
        many=True,
    ),
    Option(
        "budgets",
        _budget_rule,
        "PATTERN = BUDGET for each test that matches, the last match wins; sum(PATTERN) = BUDGET "
        "for their total; PATTERN: node ids with * and ?, mark:NAME or model:NAME",
        many=True,
        cli=False,
    ),
    Option(
        "fail_on",
        _several_of(*FAIL_ON, none=True),
        f"what fails a run: some of {', '.join(FAIL_ON)}; or none",
        "LIST",
        default="budget,regression",
    ),
    Option(
        "stop",
        None,
        "stop the session once a session budget is exhausted; the remaining tests are reported as "
        "not run",
        ini=False,
    ),
    Option(
        "country",
        _country,
        "where the electricity comes from (ISO 3166-1 alpha-3)",
        "ISO3",
        default="the world average",
    ),
    Option("region", str.strip, "state or province, where CodeCarbon knows it", "NAME"),
    Option("cloud", _cloud, "cloud region instead, as in gcp/europe-north1", "PROVIDER/REGION"),
    Option(
        "intensity",
        _number(0, "a carbon intensity"),
        "grams of CO2e per kWh, instead of any table",
        "G",
    ),
    Option(
        "online",
        None,
        "let CodeCarbon look up the location, if none is given, and the live grid (Electricity "
        "Maps, with electricitymaps_api_token from CodeCarbon's configuration)",
    ),
    Option(
        "pue",
        _number(1, "a power usage effectiveness"),
        "energy of the data centre over its IT energy, at least 1",
        "X",
        default="1",
    ),
    Option("wue", _number(0, "a water usage effectiveness"), "litres of water per IT kWh", "X"),
    Option(
        "embodied",
        _embodied,
        "embodied emissions of the hardware: grams per hour of use, or TE=1200 kg, EL=4 y with "
        "optional RR, ToR and TiR; several parts stand apart by ;",
        "G",
    ),
    Option(
        "tracking_mode",
        _tracking_mode,
        "charge a test the machine's energy or its processes' share; auto: the machine's where a "
        "counter measures it and nothing else runs beside the test, else the share",
        "MODE",
        default="auto",
    ),
    Option(
        "components",
        _several_of(*COMPONENTS),
        f"what counts: of {','.join(COMPONENTS)}",
        "LIST",
        default=",".join(COMPONENTS),
    ),
    Option(
        "idle",
        _number(0, "a number of seconds"),
        "measure the idle machine that long first, and report active energy (less what an idle "
        "test is charged) beside the gross figure, in JSON",
        "SECONDS",
    ),
    Option("repeats", parse_repeats, "runs of carbon(fn), or auto", "N", default="1"),
    Option("warmup", _count(0), "runs of carbon(fn) before those that count", "N", default="1"),
    Option(
        "min_time",
        _number(0, "a number of seconds"),
        "repeat carbon(fn) for at least that long",
        "S",
        default="0.5",
    ),
    Option(
        "max_time",
        _number(0, "a number of seconds"),
        "and begin no new run after that long",
        "S",
        default="10",
    ),
    Option(
        "baseline",
        _baseline,
        "compare with an earlier JSON report or baseline file, or with a directory of them (its "
        "history)",
        "PATH",
        file=True,
        directory=True,
    ),
    Option(
        "save_baseline",
        _save_baseline,
        "write this session as the baseline; a directory adds it to the history",
        "PATH",
        ini=False,
    ),
    Option(
        "save_failed",
        None,
        "save the baseline of a failed or interrupted session too",
        ini=False,
    ),
    Option(
        "max_regression",
        _max_regression,
        "a test over its baseline by more than PCT, and by more than the noise, is a regression; "
        "'10% and 0.5 J' adds an absolute floor",
        "PCT",
        default="10%",
    ),
    Option(
        "confirm",
        _count(0),
        "measure suspected regressions and inconclusive tests up to N times more before judging "
        "them",
        "N",
        default="0",
    ),
    Option(
        "serialize",
        None,
        "under xdist, let no two budgeted tests run beside each other",
    ),
    Option(
        "peers",
        _peers,
        "rate models among these peers: a file of `pytest-scer rate --collect`, or a CSV of AI "
        "Energy Score",
        "PATH",
        default="the models of the session",
        file=True,
    ),
    Option(
        "scale",
        _scale,
        "rate them on this scale: scer, stars, or a file of cut-offs",
        "NAME|PATH",
        default="scer",
        file=True,
    ),
    Option(
        "junit",
        None,
        "add figures to the JUnit XML as properties",
    ),
    Option("sort", _one_of(*SORT_KEYS), "order of the table of tests", "KEY", default="energy"),
    Option("top", _count(1), "how many tests the table shows", "N", default="20"),
)


def raw_value(config: pytest.Config, option: Option) -> tuple[Any, str]:
    """A setting as the user wrote it, and where; None where nobody did."""
    if option.cli:
        given = config.getoption(f"scer_{option.name}", default=None)
        if given is not None:
            return given, option.flag
    if option.ini:
        source = option.key + (f" ({config.inipath.name})" if config.inipath is not None else "")
        try:
            given = config.getini(option.key)
        except (TypeError, ValueError, pytest.UsageError) as error:
            raise pytest.UsageError(f"{source}: {error}") from None
        if given is not None and given != []:
            return _beside_its_file(config, option, given) if option.file else given, source
    return None, ""


def _beside_its_file(config: pytest.Config, option: Option, given: str) -> str:
    """A file that the configuration names, which it means to lie beside itself."""
    if config.inipath is None or not given.strip():
        return given
    path = config.inipath.parent / given
    is_there = path.exists() if option.directory else path.is_file()
    return str(path) if is_there else given


def anything_given(config: pytest.Config) -> bool:
    """Whether the user set anything at all."""
    return any(raw_value(config, option)[0] is not None for option in OPTIONS)


def add_options(parser: pytest.Parser) -> None:
    """Register every option and key with pytest."""
    group = parser.getgroup("scer", "energy and CO2e of tests (pytest-scer)")
    for option in OPTIONS:
        text = option.help + (f" (default: {option.default})" if option.default else "")
        if option.cli:
            kind: dict[str, Any] = {"action": "append" if option.many else "store"}
            if option.parse is None:
                kind = {"action": "store_true"}
            else:
                kind["metavar"] = option.metavar
            group.addoption(
                option.flag,
                dest=f"scer_{option.name}",
                default=None,
                help=text.replace("%", "%%"),
                **kind,
            )
        if option.ini:
            parser.addini(option.key, help=text, type=option.ini_type, default=None)
