"""The tables of models in the terminal."""

from __future__ import annotations

import reports

from pytest_scer.formats.terminal.ratings import block
from pytest_scer.formats.terminal.screen import Screen
from pytest_scer.report.ratings import rated_scores


def test_generated_tokens_stand_before_prompts_and_requests() -> None:
    tests = [
        reports.entry(
            f"model{number}",
            reports.measured(5.0 * number),
            category="text-generation",
            units={"prompt_token": 50, "request": 2, "token": 10, "item": 3},
        )
        for number in (1, 2)
    ]
    alone = reports.entry("alone", reports.measured(5.0), category="other", units={"image": 10})
    lines = block(rated_scores(reports.report(alone, *tests)), Screen(100)).lines(100)
    titles = [line.text for line in lines if line.text.startswith("models of")]
    units = [title.partition(" per ")[2].split()[1] for title in titles]
    assert {*units[:2]} == {"items", "tokens"}
    assert units[2:] == ["prompt_tokens", "requests", "images"]
