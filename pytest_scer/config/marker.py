"""``@pytest.mark.scer``: read, merged across levels, and validated at collection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final, Literal

import pytest

from pytest_scer.config.places import place_of_mark
from pytest_scer.config.settings import Settings
from pytest_scer.core.budget import Budget
from pytest_scer.core.claims import without_claims
from pytest_scer.core.judgement import Limit
from pytest_scer.core.repeats import RepeatPlan
from pytest_scer.core.text import printable
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.nodeids import plain
from pytest_scer.scoring.protocols import Protocol, named_protocol

Phase = Literal["training", "inference"]


@dataclass(frozen=True, slots=True)
class Marker:
    """The merged ``scer`` markers of a test.

    Attributes:
        limits: The test's own budgets, with the level that set them.
        phase: ``training`` or ``inference``.
        category: The category in which its model is compared.
        model: The model under test.
        protocol: The protocol that the test follows.
        covers: ``call``, or ``all`` to include setup and teardown.
        repeats: Number of runs of ``carbon(fn)``; ``auto`` repeats until the budget is decided.
        warmup: Number of warm-up runs, which are not counted.
        min_time: Minimum total time of the runs, in seconds.
        max_time: Time in seconds after which no new run starts.
        on_exceed: ``fail`` or ``warn``.
        estimates: Whether its budgets include what hosted models are estimated to have used.
    """

    limits: tuple[Limit, ...] = ()
    phase: Phase | None = None
    category: str | None = None
    model: str | None = None
    protocol: Protocol | None = None
    covers: Literal["call", "all"] = "call"
    repeats: int | Literal["auto"] | None = None
    warmup: int | None = None
    min_time: float | None = None
    max_time: float | None = None
    on_exceed: Literal["fail", "warn"] = "fail"
    estimates: bool = False

    def repeat_plan(self, settings: Settings) -> RepeatPlan:
        """How ``carbon(fn)`` repeats: as the marker says, else as the settings do."""
        return RepeatPlan(
            repeats=settings.repeats if self.repeats is None else self.repeats,
            warmup=settings.warmup if self.warmup is None else self.warmup,
            min_time_s=settings.min_time if self.min_time is None else self.min_time,
            max_time_s=settings.max_time if self.max_time is None else self.max_time,
        )


def _one_of(*choices: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value not in choices:
            raise ValueError(f"{value!r} is unknown: expected {' or '.join(map(repr, choices))}")
        return value

    return check


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is not a name: expected a non-empty string")
    return without_claims(printable(value))


def _count(at_least: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
            raise ValueError(f"{value!r} is not a whole number of at least {at_least}")
        return value

    return check


def check_repeats(value: Any) -> int | Literal["auto"]:
    """Return a number of runs or ``auto``; raise ValueError for anything else."""
    if value == "auto":
        return "auto"
    try:
        return _count(1)(value)
    except ValueError as error:
        raise ValueError(f"{error}, or 'auto'") from None


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise ValueError(f"{value!r} is not a number of seconds")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither True nor False")
    return value


CHECKS: Final[dict[str, Callable[[Any], Any]]] = {
    "phase": _one_of("training", "inference"),
    "category": _name,
    "model": _name,
    "protocol": _name,
    "covers": _one_of("call", "all"),
    "repeats": check_repeats,
    "warmup": _count(0),
    "min_time": _seconds,
    "max_time": _seconds,
    "on_exceed": _one_of("fail", "warn"),
    "estimates": _flag,
}
"""The validator of each argument other than the budgets."""


class Marks:
    """All marks of tests, whatever their name; those of a class or module are looked up once."""

    def __init__(self) -> None:
        """Start with an empty cache."""
        self._above = cache(lambda node: list(node.iter_markers_with_node()))
        self._names_above = cache(lambda node: _names(self._above(node)))

    def of(self, item: pytest.Item) -> list[tuple[Any, pytest.Mark]]:
        """The marks of a test, each with the node it is set on, closest level first."""
        return [(item, mark) for mark in item.own_markers] + self._above(item.parent)

    def names(self, item: pytest.Item) -> tuple[str, ...]:
        """The sorted names of a test's marks; tests without their own marks share one tuple."""
        names: tuple[str, ...] = self._names_above(item.parent)
        return _names(self.of(item)) if item.own_markers else names


def _names(marks: Iterable[tuple[Any, pytest.Mark]]) -> tuple[str, ...]:
    return tuple(sorted({printable(mark.name) for _, mark in marks}))


def _levels(
    item: pytest.Item, marks: Sequence[tuple[Any, pytest.Mark]]
) -> Iterable[tuple[str, int, pytest.Mark]]:
    """The ``scer`` marks of a test, closest level first, each with the level's name and identity.

    Classes may nest, so several levels can have the same name. A class comes before its base
    classes, although pytest returns the marks of base classes first.
    """
    of_parameters = getattr(getattr(item, "callspec", None), "marks", ())
    for node, mark in marks:
        if node is item and any(mark is each for each in of_parameters):
            yield "parameter set", 0, mark
    for node, mark in marks:
        if node is item and not any(mark is each for each in of_parameters):
            yield "function", 1, mark
    above = [(node, mark) for node, mark in marks if node is not item]
    for node, of_node in groupby(above, key=itemgetter(0)):
        name = type(node).__name__.lower()
        if isinstance(node, pytest.Class):
            yield from _inheritance(node.obj, [mark for _, mark in of_node])
        else:
            yield from ((name, id(node), mark) for _, mark in of_node)


def _inheritance(
    class_: type, marks: Sequence[pytest.Mark]
) -> Iterable[tuple[str, int, pytest.Mark]]:
    """The marks of a class: its own first, then those of each base class."""
    for base in class_.__mro__:
        own = vars(base).get("pytestmark", ())
        listed = own if isinstance(own, list | tuple) else (own,)
        of_base = [getattr(each, "mark", each) for each in listed]
        yield from (("class", id(base), mark) for mark in marks if mark in of_base)


def _budgets_of(item: pytest.Item, mark: pytest.Mark, level: str) -> tuple[Limit, ...]:
    given = mark.kwargs.get("budget")
    if given is None:
        listed: tuple[Any, ...] = ()
    elif isinstance(given, str):
        listed = (given,)
    elif isinstance(given, list | tuple):
        listed = tuple(given)
    else:
        raise ValueError(f"budget={given!r}: expected a string or a list of strings")
    limits = []
    for text in (*mark.args, *listed):
        if not isinstance(text, str):
            raise ValueError(f"{text!r} is not a budget: expected a string such as '2 mgCO2e'")
        place = place_of_mark(item, level, text)
        limits.append(Limit(Budget.parse(text), f"@pytest.mark.scer on the {level}", place))
    return tuple(limits)


def _checked(argument: str, value: Any, protocols: Mapping[str, Protocol]) -> Any:
    """The value of an argument other than the budgets.

    Raises:
        ValueError: The argument is unknown, or the value is bad; the message names the argument.
    """
    if argument not in CHECKS:
        known = ", ".join(("budget", *CHECKS))
        raise ValueError(f"unknown argument {argument!r} (known: {known})")
    try:
        checked = CHECKS[argument](value)
        return named_protocol(checked, protocols) if argument == "protocol" else checked
    except ValueError as error:
        raise ValueError(f"{argument}: {error}") from None


def read_marker(
    item: pytest.Item, marks: Marks, protocols: Mapping[str, Protocol] = MappingProxyType({})
) -> Marker | None:
    """Merge the ``scer`` markers of a test.

    For each field the first level that sets it wins: parameter set, function, class, module. All
    budgets on that level count.

    Args:
        item: The test.
        marks: The marks of all tests.
        protocols: The protocols that the user declared.

    Returns:
        The merged marker; None if the test has none.

    Raises:
        pytest.UsageError: A marker has an unknown argument or a bad value; the message names the
            test and the argument.
    """
    if "scer" not in marks.names(item):
        return None
    of_scer = [(node, mark) for node, mark in marks.of(item) if mark.name == "scer"]
    fields: dict[str, Any] = {}
    limits: list[Limit] = []
    budget_level: int | None = None
    for name, level, mark in _levels(item, of_scer):
        try:
            for argument, value in mark.kwargs.items():
                if argument == "budget":
                    continue
                if value is not None or argument not in CHECKS:
                    fields.setdefault(argument, _checked(argument, value, protocols))
            of_mark = _budgets_of(item, mark, name)
        except ValueError as error:
            raise pytest.UsageError(
                f"{item.nodeid}: @pytest.mark.scer on the {name}: {error}"
            ) from None
        if of_mark and budget_level in (None, level):
            limits += of_mark
            budget_level = level
    return Marker(limits=tuple(limits), **fields)


UNMARKED: Final = Marker()
"""What all tests share that say nothing about themselves, and have no budget."""


def with_configured_budgets(
    marker: Marker | None, item: pytest.Item, marks: Marks, settings: Settings
) -> Marker:
    """Add configured budgets to a test that has none of its own.

    Order of precedence: marker, last matching pattern, default for tests.
    """
    marker = marker or UNMARKED
    if marker.limits or not (settings.budgets or settings.test_budget):
        return marker
    nodeid, names = plain(item.nodeid, item.config), marks.names(item)
    for rule in reversed(settings.budgets):
        if not rule.is_sum and rule.pattern.matches(nodeid, names, marker.model):
            source = f"{settings.sources['budgets']}: {rule.text}"
            return replace(marker, limits=(Limit(rule.budget, source, rule.place),))
    return replace(marker, limits=settings.test_budget)
