"""The validated values of options and keys, each with its source.

Values are validated when pytest is configured, even if the plugin stays asleep. A mistake therefore
ends the run before the first test, with one message that names the place and the remedy. Values
that need CodeCarbon's tables are validated when the plugin wakes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from pytest_scer.baseline.threshold import Threshold
from pytest_scer.config.options import OPTIONS, Option
from pytest_scer.config.places import place_in_file
from pytest_scer.config.registration import raw_value
from pytest_scer.config.targets import check_outputs
from pytest_scer.config.values import PARSERS
from pytest_scer.core import COMPONENTS, TOP
from pytest_scer.core.budget_rules import BudgetRule
from pytest_scer.core.intensity import Place
from pytest_scer.core.judgement import Limit
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import TrackingMode
from pytest_scer.report.files import Output, identity

if TYPE_CHECKING:
    from pytest_scer.baseline.history import Baseline
    from pytest_scer.scoring.peers import Peer
    from pytest_scer.scoring.protocols import Protocol
    from pytest_scer.scoring.rating import Scale
    from pytest_scer.scoring.sci import Embodied


@dataclass(frozen=True)
class Settings:
    """The settings of a session.

    The fields are those of :data:`OPTIONS`. For each field that was set, ``sources`` names the
    option, or the key and its file. ``files`` holds the paths of the files that the session reads
    or writes besides its outputs, by their source.
    """

    report: bool = False
    output: tuple[Output, ...] = ()
    budget: tuple[Limit, ...] = ()
    test_budget: tuple[Limit, ...] = ()
    budgets: tuple[BudgetRule, ...] = ()
    fail_on: frozenset[str] = frozenset({"budget", "regression"})
    country: str | None = None
    region: str | None = None
    cloud: str | None = None
    intensity: float | None = None
    online: bool = False
    pue: float | None = None
    wue: float | None = None
    tracking_mode: TrackingMode | None = None
    components: frozenset[str] = frozenset(COMPONENTS)
    idle: float | None = None
    repeats: int | Literal["auto"] = 1
    warmup: int = 1
    min_time: float = 0.5
    max_time: float = 10.0
    stop: bool = False
    baseline: Baseline | None = None
    save_baseline: Path | None = None
    save_failed: bool = False
    max_regression: Threshold = field(default_factory=Threshold)
    confirm: int = 0
    confirm_time: float = 120.0
    history: Path | None = None
    junit: bool = False
    serialize: bool = False
    embodied: Embodied | None = None
    source: tuple[tuple[str, str], ...] = ()
    peers: tuple[Peer, ...] | None = None
    protocols: dict[str, Protocol] = field(default_factory=dict)
    scale: Scale | None = None
    sort: str = "energy"
    top: int = TOP
    place: Place | None = None
    files: dict[str, Path] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def measures_every_test(self) -> bool:
        """Whether tests without a marker are measured too."""
        budgets = self.budget or self.test_budget or self.budgets
        return bool(self.report or self.output or budgets or self.uses_baselines)

    @property
    def stated(self) -> dict[str, str]:
        """What figures are based on, by the key of ``--scer-source``; the last one counts."""
        return dict(self.source)

    @property
    def uses_baselines(self) -> bool:
        """Whether this session is compared with a baseline, or saved as one."""
        return self.baseline is not None or self.save_baseline is not None

    @classmethod
    def from_pytest_config(cls, config: pytest.Config) -> Settings:
        """Read and validate all options and keys.

        Raises:
            pytest.UsageError: A value is invalid, or two contradict each other.
        """
        values: dict[str, Any] = {}
        sources: dict[str, str] = {}
        files: dict[str, Path] = {}
        for option in OPTIONS:
            raw, source = raw_value(config, option)
            if raw is not None:
                values[option.name] = _parsed(option, raw, source)
                sources[option.name] = source
                if option.file:
                    files[source] = Path(raw)
        _expand_history(values, sources)
        for name in {"budget", "test_budget"} & values.keys():
            values[name] = tuple(
                Limit(each, sources[name], _place_in_file(config, name, each.text, sources))
                for each in values[name]
            )
        if "budgets" in values:
            values["budgets"] = tuple(
                replace(rule, place=_place_in_file(config, "budgets", rule.text, sources))
                for rule in values["budgets"]
            )
        settings = cls(**values, sources=sources, files=files, place=_place(values, sources))
        settings._check(config)
        return settings

    def _check(self, config: pytest.Config) -> None:
        if self.max_time < self.min_time:
            raise pytest.UsageError(
                f"{self.sources.get('max_time', 'max_time')}: {self.max_time:g} s is less than the "
                f"minimum of {self.min_time:g} s ({self.sources.get('min_time', 'the default')})"
            )
        self._check_baseline()
        if self.stop and not any(limit.budget.is_cumulative for limit in self.budget):
            raise pytest.UsageError(
                f"{self.sources['stop']}: requires a session budget in energy or CO2e "
                "(--scer-budget)"
            )
        if self.save_failed and self.save_baseline is None:
            raise pytest.UsageError(f"{self.sources['save_failed']}: requires --scer-save-baseline")
        directory = config.invocation_params.dir
        check_outputs(self.output, directory, self.sources.get("output", ""), self.files)

    def _check_baseline(self) -> None:
        baseline = self.baseline
        if baseline is not None and not baseline.sessions:
            begins_now = self.save_baseline is not None and (
                identity(self.save_baseline) == identity(baseline.path)
            )
            if not begins_now:
                raise pytest.UsageError(
                    f"{self.sources['baseline']}: {baseline.path}: {baseline.why_empty}; "
                    "create it with --scer-save-baseline, or give another path"
                )


def _place_in_file(
    config: pytest.Config, name: str, text: str, sources: Mapping[str, str]
) -> str | None:
    """The place of a budget in the configuration file; None if it is set elsewhere."""
    key = f"scer_{name}"
    return place_in_file(config.inipath, key, text) if sources[name].startswith(key) else None


def _expand_history(values: dict[str, Any], sources: dict[str, str]) -> None:
    """A history is both a baseline and the place where this session is saved."""
    if "history" not in values:
        return
    for name in ("baseline", "save_baseline"):
        if name in values:
            raise pytest.UsageError(
                f"{sources[name]} and {sources['history']} contradict each other: "
                "a history is both the baseline and where it is saved"
            )
        sources[name] = sources["history"]
    from pytest_scer.baseline.history import Baseline

    values["save_baseline"] = values["history"]
    try:
        values["baseline"] = Baseline.load(values["history"])
    except ValueError as error:
        raise pytest.UsageError(f"{sources['history']}: {error}") from None


def _parsed(option: Option, raw: Any, source: str) -> Any:
    if option.is_flag:
        return bool(raw)
    parse = PARSERS[option.name]
    try:
        if not option.many:
            if not raw.strip():
                raise ValueError(f"the value is empty: expected {option.metavar}")
            return parse(raw)
        return tuple(parse(line) for line in raw if not line.lstrip().startswith("#"))
    except ValueError as error:
        raise pytest.UsageError(f"{source}: {error}") from None
    except OSError as error:
        raise pytest.UsageError(f"{source}: {raw}: {error.strerror}") from None


def _place(values: dict[str, Any], sources: dict[str, str]) -> Place | None:
    """The place on the command line, else that of the configuration; the two are not mixed."""
    for prefix in ("--", "scer_"):
        names = [
            name
            for name in ("intensity", "cloud", "country", "region")
            if name in values and sources[name].startswith(prefix)
        ]
        if names:
            return _place_of(names, values, sources)
    return None


def _place_of(names: Sequence[str], values: dict[str, Any], sources: dict[str, str]) -> Place:
    leading = [name for name in names if name != "region"]
    if len(leading) > 1:
        raise pytest.UsageError(
            f"{sources[leading[0]]} and {sources[leading[1]]} contradict each other: "
            "set only one of intensity, cloud region and country"
        )
    if "region" in names and leading != ["country"]:
        raise pytest.UsageError(
            f"{sources['region']}: a region needs its country: set both on the command line, or "
            "both in the configuration"
        )
    return Place(
        g_per_kwh=values["intensity"] if "intensity" in names else None,
        country=values["country"] if "country" in names else None,
        region=values["region"] if "region" in names else None,
        cloud=values["cloud"] if "cloud" in names else None,
        source=sources[names[-1] if names[-1] == "region" else leading[0]],
    )


assert {option.name for option in OPTIONS} <= {each.name for each in fields(Settings)}
