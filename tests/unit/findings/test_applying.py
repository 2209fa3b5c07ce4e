from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from reports import entry, measured, report

from pytest_scer import findings
from pytest_scer.findings.applying import RULES, add_findings
from pytest_scer.report.model import Finding, Report


def test_every_rule_of_the_room_is_applied_and_says_how_it_works() -> None:
    modules = [
        importlib.import_module(f"{findings.__name__}.{each.name}")
        for each in pkgutil.iter_modules(findings.__path__)
    ]
    rules = {module.KIND: module for module in modules if hasattr(module, "KIND")}
    assert rules.keys() == RULES.keys()
    for module in rules.values():
        assert (module.__doc__ or "").format_map(vars(module))  # it names constants
        for part in ("\n\nEvidence: ", "\n\nThreshold: ", "\n\nRemedy: "):
            assert part in (module.__doc__ or ""), module.__name__


def test_findings_of_the_rules_are_found_anew_and_others_stay() -> None:
    made = report(entry(measurement=measured(10)))
    made.findings = [Finding("boundary", "from a shard"), Finding("leftover", "a child")]
    add_findings(made)
    add_findings(made)
    texts = [each.text for each in made.findings if each.kind in ("boundary", "leftover")]
    assert texts == ["a child", "operational emissions only; not an SCI score"]


def test_a_rule_that_fails_half_way_finds_nothing() -> None:
    def half(_: Report) -> Iterator[Finding]:
        yield Finding("mine", "x")
        raise ValueError("no")

    class Callable:
        def __call__(self, _: Report) -> list[Finding]:
            return [Finding("mine", "y")]

    made = report()
    add_findings(made, [half, Callable()])
    assert [each.text for each in made.findings if each.kind == "mine"] == ["y"]
    (warning,) = made.warnings
    assert warning.endswith("half failed: ValueError('no')")
    assert f"{__name__}." in warning
