"""Labels of the OpenMetrics format."""

from __future__ import annotations

import re

import hostile
import pytest
import reports

from pytest_scer.formats.openmetrics import dump_report

LINE = re.compile(r'# [A-Z]+.*|[a-z0-9_]+(\{test="(\\[\\"n]|[^\\"\n])*"\})? [0-9.e+-]+')


@pytest.mark.parametrize("name", hostile.NAMES)
def test_each_line_is_a_sample_or_a_comment(name: str) -> None:
    test = reports.entry("m", reports.measured(1.0), nodeid=name)
    text = "".join(dump_report(reports.report(test)))
    assert not hostile.CONTROL.search(text)
    assert all(LINE.fullmatch(line) for line in text.split("\n")[:-1]), text
    assert text.count('{test="') == 2
