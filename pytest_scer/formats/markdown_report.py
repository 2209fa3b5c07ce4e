"""A report as Markdown: headline, budgets, changes, where the energy went, what to do.

The summary of a GitHub Actions step and the note of a GitLab merge request consist of these pieces.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement
from pytest_scer.findings.ranking import most_important
from pytest_scer.formats import markdown
from pytest_scer.formats import markdown_details as details
from pytest_scer.formats.markdown import Part, fitting
from pytest_scer.formats.markdown_hosted import hosted_models
from pytest_scer.formats.markdown_model_calls import model_calls
from pytest_scer.formats.markdown_models import models
from pytest_scer.formats.markdown_trainings import trainings
from pytest_scer.formats.markdown_variants import comparisons
from pytest_scer.formats.terminal import foot as terminal_foot
from pytest_scer.formats.terminal import headline
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.build import stages
from pytest_scer.report.model import BudgetEntry, Finding, FixtureEntry, Report, TestEntry
from pytest_scer.report.names import Names
from pytest_scer.report.spending import together
from pytest_scer.scoring.sci import OPERATIONAL_ONLY

MOST_BUDGETS: Final = 20
"""How many budgets are listed that are not met; the others are counted."""
MOST_MET: Final = 3
"""How many of those that are met are listed: the ones closest to their limits."""
MOST_CHANGES: Final = 20
"""How many tests are listed that differ from the baseline."""
MOST_ROWS: Final = 10
"""How many tests and fixtures are listed by cost."""
MOST_NAMES: Final = 5
"""How many tests of a finding are named."""
_BAR: Final = 10
"""The length of the longest bar in characters."""
_WORST_FIRST: Final = ("exceeded", "inconclusive", "unmeasured", "ok")
_CHANGES: Final = ("regression", "inconclusive", "improved")

Budget = tuple[str, BudgetEntry]
"""What a budget limits, and the budget."""
Cost = tuple[str, float, bool]
"""What cost something, escaped, its joules as far as they are known, and whether that is all."""


def dump_report(report: Report) -> Iterator[str]:
    """Yield the report in pieces of text."""
    for line in lines(report):
        yield f"{line}\n"


def lines(report: Report, most: int = markdown.MOST_BYTES) -> Iterator[str]:
    """Yield the lines of the report.

    Args:
        report: The report.
        most: How many bytes they may have. Long parts are shortened, whatever the suite; if that is
            not enough, parts are left out, the least important ones first, and named.
    """
    names = Names(test.nodeid for test in report.tests)
    yield from fitting(
        [
            Part([*head(report)]),
            Part([*budgets_table(of_report(report), report.digits)], "budgets", 2),
            Part([*changes(report)], "changes", 3),
            Part([*models(report)], "models", 6),
            Part([*comparisons(report, names)], "comparisons", 7),
            Part([*model_calls(report, names)], "calls of models", 8),
            Part([*trainings(report, names)], "training", 6),
            Part([*most_expensive(report, names)], "where it went", 5),
            Part([*hosted_models(report)], "hosted models", 6),
            Part([*what_to_do(most_important(report), names)], "what to do", 4),
            Part([*foot(report)], "basis of the figures", 1),
            Part([*details.tests(report, names)], "tests", 11),
            Part([*details.method(report)], "method", 10),
            Part([*details.warnings(report)], "warnings", 9),
        ],
        most,
    )


def head(report: Report) -> Iterator[str]:
    """Yield the verdict as a heading, and the total with its parts and how far it may be off."""
    verdict, _ = headline.verdict(report)
    total, parts = headline.total(report), headline.parts(report)
    yield f"### Energy and CO2e of the tests: {markdown.text(verdict)}"
    yield ""
    yield f"**{markdown.text(total)}**" + (f": {markdown.text(parts)}" if parts else "")
    said = [*_against(report.baseline), terminal_foot.true_total(report)]
    for sentence in filter(None, said):
        yield ""
        yield f"{sentence}."


def _against(session: BaselineEntry | None) -> Iterator[str]:
    """Yield how the session as a whole differs from the baseline."""
    if session is not None:
        verdict = f"{session.verdict}: " if session.comparable else ""
        yield f"All tests together: {verdict}{markdown.text(session.text, markdown.PARAGRAPH)}"


def of_report(report: Report) -> Iterator[Budget]:
    """Yield the budgets of the session, of sums, and of each test's last attempt."""
    for budget in report.budgets:
        yield f"sum({budget.target})" if budget.target else "session", budget
    yield from of_tests(report.tests)


def of_tests(tests: Sequence[TestEntry]) -> Iterator[Budget]:
    """Yield the budgets of each test's last attempt."""
    for test in last_attempts(tests):
        for budget in test.budgets:
            yield test.nodeid, budget


def budgets_table(budgets: Iterable[Budget], digits: int = 3) -> Iterator[str]:
    """Yield the budgets that matter, worst first, and count the others.

    Args:
        budgets: What each budget limits, and the budget.
        digits: How many digits the figures deserve.
    """
    ranked = sorted(budgets, key=_rank)
    met = [row for row in ranked if row[1].verdict == "ok"]
    loud = ranked[: len(ranked) - len(met)]
    shown = [*loud[:MOST_BUDGETS], *met[:MOST_MET]]
    yield from markdown.table(
        ["budget of", "cost:", "limit:", "used:", "verdict", "set by"],
        [
            (
                markdown.code(what),
                _cost(budget, digits),
                markdown.text(budget.limit),
                _used(budget),
                budget.verdict if budget.verdict == "ok" else f"**{budget.verdict}**",
                markdown.code(budget.where),
            )
            for what, budget in shown
        ],
    )
    yield from details.more(len(loud) - MOST_BUDGETS, "budget", " not met")
    yield from details.more(len(met) - MOST_MET, "budget", " met")


def _rank(row: Budget) -> tuple[int, float]:
    return _WORST_FIRST.index(row[1].verdict), -(_share(row[1]) or 0.0)


def _share(budget: BudgetEntry) -> float | None:
    if budget.actual is None or not budget.limit_value or not math.isfinite(budget.actual):
        return None
    return budget.actual / budget.limit_value


def _used(budget: BudgetEntry) -> str:
    share = _share(budget)
    if share is None:
        return "-"
    return _percent(share) if share < 1.1 else f"{share:.1f}x" if share < 10 else f"{share:,.0f}x"


def _percent(share: float) -> str:
    return markdown.text("<1%") if 0 < share < 0.005 else f"{share:.0%}"


def _cost(budget: BudgetEntry, digits: int) -> str:
    """The figure with its uncertainty, or the reason why there is none."""
    if budget.actual is None:
        return markdown.text(budget.reason or "not measured")
    unit, suffix = budget.unit[0], budget.unit[1:]
    shown = units.uncertain(budget.actual, budget.uncertainty, unit, suffix=suffix, digits=digits)
    # Of a budget with a clear verdict, the reason says what is in its figure besides a measurement.
    added = budget.reason if budget.verdict in ("ok", "exceeded") else None
    return markdown.text(f"{shown}, {added}" if added else shown)


def changes(report: Report) -> Iterator[str]:
    """Yield how tests differ from the baseline: regressions first; unchanged tests are counted."""
    compared = [
        (test.nodeid, test.baseline)
        for test in last_attempts(report.tests)
        if test.baseline is not None
    ]
    ranked = sorted(
        (row for row in compared if row[1].verdict in _CHANGES),
        key=lambda row: (_CHANGES.index(row[1].verdict), -abs(row[1].change or 0.0)),
    )
    yield from markdown.table(
        ["test", "baseline:", "now:", "change:", "verdict"],
        [
            (
                markdown.code(nodeid),
                units.quantity(entry.value, "J"),
                units.quantity(entry.actual, "J"),
                "-" if entry.change is None else f"{entry.change:+.0%}",
                f"**{entry.verdict}**" if entry.verdict == "regression" else entry.verdict,
            )
            for nodeid, entry in ranked[:MOST_CHANGES]
        ],
    )
    yield from details.more(len(ranked) - MOST_CHANGES, "test")


def most_expensive(report: Report, names: Names) -> Iterator[str]:
    """Yield the tests and fixtures that cost most, with their share of the total.

    Args:
        report: The report.
        names: The names of its tests.
    """
    costs = [*_of_tests(report.tests, names), *_of_fixtures(report.fixtures)]
    yield from _ranking(costs, report.totals.total_j, report.conversion, report.digits)


def of_marked(tests: Sequence[TestEntry], most: int = markdown.MOST_BYTES) -> Iterator[str]:
    """Yield what is known of the tests where only those with a marker were measured.

    Args:
        tests: The tests that were measured.
        most: How many bytes the lines may have.
    """
    verdicts = Counter(budget.verdict for _, budget in of_tests(tests))
    total, exceeded = units.counted(verdicts.total(), "budget"), verdicts["exceeded"]
    said = f"{exceeded} of {total} EXCEEDED" if exceeded else f"{verdicts['ok']} of {total} met"
    if not verdicts:
        said = f"{units.counted(len(last_attempts(tests)), 'test')} measured"
    # Without a report, an absent component and one whose figure is missing look the same.
    names = Names(test.nodeid for test in tests)
    costs = [(name, joules, True) for name, joules, _ in _of_tests(tests, names)]
    total_j = math.fsum(joules for _, joules, _ in costs)
    yield from fitting(
        [
            Part([f"### Energy and CO2e of the tests: {said}"]),
            Part([*budgets_table(of_tests(tests))], "budgets", 1),
            Part([*_ranking(costs, total_j)], "where it went", 2),
        ],
        most,
    )


def _ranking(
    costs: Sequence[Cost],
    total_j: float | None,
    conversion: Conversion | None = None,
    digits: int = 3,
) -> Iterator[str]:
    """Yield what cost most, and how much the rest cost; nothing if there is nothing to rank."""
    ranked = sorted(costs, key=lambda row: -row[1])[:MOST_ROWS]
    largest = ranked[0][1] if ranked else 0.0
    if not largest > 0:
        return
    rows = []
    for name, joules, is_all in ranked:
        grams = None if conversion is None or not is_all else conversion.grams(joules)
        co2e = [] if conversion is None else [units.quantity(grams, "g", digits=digits)]
        energy = units.quantity(joules, "J", digits=digits) + ("" if is_all else " known")
        share = _percent(joules / total_j) if total_j and is_all else "-"
        bar = "\N{FULL BLOCK}" * round(_BAR * joules / largest)
        rows.append([name, energy, *co2e, share, bar])
    co2e = [] if conversion is None else ["CO2e:"]
    yield from markdown.table(["where it went", "energy:", *co2e, "share:", ""], rows)
    rest = len(costs) - len(ranked)
    if rest > 0:
        rest_j = math.fsum(row[1] for row in costs) - math.fsum(row[1] for row in ranked)
        yield ""
        yield f"and {rest:,} more: {units.quantity(max(rest_j, 0.0), 'J', digits=digits)}"


def _of_tests(tests: Iterable[TestEntry], names: Names) -> Iterator[Cost]:
    """Yield each attempt of each test that has a figure."""
    for test in tests:
        if test.measurement is not None:
            yield markdown.code(names.attempt(test)), *_sum([*stages([test])])


def _of_fixtures(fixtures: Iterable[FixtureEntry]) -> Iterator[Cost]:
    """Yield each fixture, however often it was built."""
    built: dict[tuple[str, str], list[Measurement]] = defaultdict(list)
    for fixture in fixtures:
        built[fixture.name, fixture.scope].append(fixture.measurement)
    for (name, scope), each in built.items():
        times = f", built {len(each)} times" if len(each) > 1 else ""
        yield f"fixture {markdown.code(name)} ({scope}{times})", *_sum(each)


def _sum(parts: Sequence[Measurement]) -> tuple[float, bool]:
    """The known joules of a test or fixture, and whether no figure of it is missing."""
    cost = together(parts)
    return math.fsum(part.known_j for part in parts), cost is not None and cost.complete


def what_to_do(findings: Sequence[Finding], names: Names) -> Iterator[str]:
    """Yield findings as a list, each with its remedy to copy.

    Args:
        findings: The findings to show.
        names: The names of the tests.
    """
    if not findings:
        return
    yield ""
    yield "**What to do**"
    yield ""
    for finding in findings:
        named = [markdown.code(names.short(nodeid)) for nodeid in finding.nodeids[:MOST_NAMES]]
        rest = len(finding.nodeids) - len(named)
        about = ", ".join(named) + (f" and {rest:,} more" if rest > 0 else "")
        yield "* " + ": ".join(filter(None, (about, markdown.text(finding.text))))
        line, explanation = finding.remedy_parts
        if line:
            shown = f" {markdown.text(explanation)}" if explanation else ""
            yield f"  <br>{markdown.code(line)}{shown}"


def foot(report: Report) -> Iterator[str]:
    """Yield how the figures were obtained."""
    boundary = OPERATIONAL_ONLY if report.embodied is None else None
    said = (terminal_foot.bases(report), boundary)
    yield ""
    yield f"<sub>{'. '.join(markdown.text(each, 500) for each in said if each)}.</sub>"
