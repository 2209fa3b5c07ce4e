"""``pytest-scer suggest``: what it prints is configuration that the plugin reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from suite import Suite

from pytest_scer.cli import main
from pytest_scer.core.budget import Budget
from pytest_scer.core.budget_rules import BudgetRule

ODD = r"""
odd = ["a=b", 'q"uo\'te', "back\\slash", "\u00e9\u4e2d", "x # y", "; z", " sp ", "[br]", "*", "a?c",
       "abc", "a::b", "%(x)s", "5 J", "12\u202e", "123\u2028", "1234\u00a0"]

@pytest.mark.parametrize("n", range(len(odd)), ids=odd)
def test_odd(n): spend(cpu=2 ** (n + 1))

class TestIt:
    def test_plain(self): spend(cpu=3)
"""
UNESCAPED = "disable_test_id_escaping_and_forfeit_all_rights_to_community_support"


def suggest(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command prints."""
    capsys.readouterr()
    assert main(["suggest", *arguments]) == 0
    return capsys.readouterr().out


def rules(printed: str) -> dict[str, Budget]:
    """The budgets in the printed TOML."""
    tomllib = pytest.importorskip("tomllib")
    parsed = map(BudgetRule.parse, tomllib.loads(printed)["scer_budgets"])
    return {rule.pattern.text: rule.budget for rule in parsed}


@pytest.mark.parametrize("form", ["toml", "ini"])
@pytest.mark.parametrize("is_escaped", [True, False], ids=["escaped", "unescaped"])
def test_pasted_it_is_the_budget_of_each_test(
    suite: Suite, capsys: pytest.CaptureFixture[str], form: str, is_escaped: bool
) -> None:
    folder = suite.path / "d\u00e9 [x] #1"
    folder.mkdir()
    (folder / "test_other.py").write_text(
        "from simulation import spend\ndef test_it(): spend(cpu=7)"
    )
    heads = {
        "toml": (
            "pyproject.toml",
            f"[tool.pytest.ini_options]\n{UNESCAPED} = {str(not is_escaped).lower()}",
        ),
        "ini": ("pytest.ini", f"[pytest]\n{UNESCAPED} = {not is_escaped}"),
    }
    name, head = heads[form]
    path = suite.path / name
    path.write_text(head, encoding="utf-8")
    plain = suite.measure(ODD)
    plain.passed(passed=19)
    printed = suggest(capsys, str(plain.path), "--format", form)
    path.write_text(f"{head}\n{printed}", encoding="utf-8")
    ran = suite.run("--scer-output=second.json", "--scer-output=report.json")
    ran.passed(passed=19)
    assert ran.exit_status == 0, ran.text
    assert not any(each["kind"] == "unused budget" for each in ran.json["findings"])
    for test in ran.json["tests"]:
        (budget,) = test["budgets"]
        actual = test["measurement"]["energy_j"]["total"]
        assert budget["verdict"] == "ok"
        assert 1.2 * actual <= budget["limit_value"] <= 1.2 * actual * 1.1, test["nodeid"]


def test_the_headroom_is_over_the_upper_end(
    suite: Suite, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.conftest("simulation.meter.noise_j = 1.0")
    ran = suite.measure("def test_it(): spend(cpu=9)")
    for headroom, limit in (("20%", 12), ("50", 15), ("0%", 10)):
        printed = suggest(capsys, str(ran.path), "--headroom", headroom)
        assert rules(printed)["test_it.py::test_it"].limit == limit
    assert "# 9.00 \u00b1 1.0 J, 1 session, 1 run" in printed


def test_budgets_per_unit(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    ran = suite.measure(
        """
        def test_counts(carbon):
            spend(cpu=10)
            carbon.count(tokens=100)
        def test_does_not(): spend(cpu=1)
        """
    )
    printed = suggest(capsys, str(ran.path), "--per", "tokens", "--headroom", "0")
    assert {text: budget.text for text, budget in rules(printed).items()} == {
        "test_it.py::test_counts": "100 mJ per token"
    }
    assert "# no budget: it counted no tokens\n#   test_it.py::test_does_not" in printed


def test_tests_without_a_figure_have_a_reason(
    suite: Suite, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = suite.measure(
        """
        def test_it(): spend(cpu=10)
        def test_fails(): assert spend(cpu=10)
        def test_skipped(): pytest.skip()
        def test_hosted(carbon): carbon.unmeasured("a hosted API")
        def test_nothing(): pass
        @pytest.mark.scer("1 J")
        def test_over_budget(): spend(cpu=10)
        """
    )
    printed = suggest(capsys, str(ran.path))
    assert list(rules(printed)) == ["test_it.py::test_it", "test_it.py::test_over_budget"]
    for line in (
        "it failed\n#   test_it.py::test_fails",
        "it was skipped\n#   test_it.py::test_skipped",
        "a hosted API\n#   test_it.py::test_hosted",
        "it costs less than the meter can tell\n#   test_it.py::test_nothing",
        '; its marker takes precedence\n    "test_it.py::test_over_budget',
    ):
        assert line in printed


def test_several_sessions(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    def session(name: str, joules: Sequence[float]) -> str:
        source = "\n".join(
            f"def test_{letter}(): spend(cpu={cost})"
            for letter, cost in zip("ab", joules, strict=True)
        )
        return str(suite.measure(source).path.rename(suite.path / name))

    paths = [session(f"{n}.json", (9 + n, 5)) for n in range(3)]
    printed = suggest(capsys, *paths, paths[0], "--headroom=0")
    # 10 J on average with s = 1 J: t(2) * sqrt(4/3) = 4.97, but the meter repeats exactly.
    assert rules(printed)["test_it.py::test_a"].limit == 11
    assert rules(printed)["test_it.py::test_b"].limit == 5
    assert "3 sessions, 3 runs" in printed
    assert "different machines" not in printed


def test_what_cannot_be_used_is_said(
    suite: Suite, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ran = suite.measure("def test_it(): pass")
    assert main(["suggest", str(ran.path)]) == 4
    assert "no test has a figure to base a budget on" in capsys.readouterr().err
    assert main(["suggest", "missing.json"]) == 4
    for headroom in ("-5%", "nan", "much"):
        with pytest.raises(SystemExit, match="4"):
            main(["suggest", str(ran.path), f"--headroom={headroom}"])
