"""The table of models in Markdown."""

from __future__ import annotations

import hostile
import reports

from pytest_scer.formats.markdown_models import MOST_MODELS, models


def test_each_model_has_its_letters_and_below_them_stands_what_they_rest_on() -> None:
    blank, header, rule, *rows = models(reports.three_models())
    assert (blank, rule.count("---")) == ("", 6)
    assert header == "| model | task | score | rating | by energy | rating by energy |"
    assert rows[0] == (
        "| `small` | text-generation, inference | 0.100 gCO2eq per 1000 tokens | **A** "
        "| 1.00 J per token | A |"
    )
    assert [row.split(" | ")[3] for row in rows[:3]] == ["**A**", "**C**", "**C**"]
    assert rows[3] == ""
    assert rows[4].startswith("* rating (SCER draft v0.1, N=3, peers: this session, 2026-03-01)")


def test_without_scores_there_is_none() -> None:
    assert list(models(reports.report(reports.entry("a", reports.measured(1.0))))) == []


def test_an_unrated_model_is_listed_last_and_many_are_counted() -> None:
    names = [f"m{number:02}" for number in range(MOST_MODELS + 2)]
    made = reports.report(
        *(reports.entry(name, reports.measured(2.0), units={"token": 1}) for name in names),
        reports.entry("first", reports.measured(1.0), units={"token": 1}, category=None),
    )
    lines = list(models(made))
    assert "and 3 more models" in lines
    assert not any("first" in line and line.startswith("|") for line in lines)


def test_hostile_names_stay_in_their_cells() -> None:
    lines = list(models(hostile.report("<b>|`\n")))
    rows = [line for line in lines if line.startswith("| ")]
    assert rows
    assert all("\n" not in line for line in lines)
