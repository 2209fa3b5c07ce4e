"""The session's energy as a tree: its leaves sum to the total."""

from __future__ import annotations

import math

import drawn
import pytest
import reported_suite
import reports
from hypothesis import given, settings

from pytest_scer.charts.tree import Node, drawable, tree_of
from pytest_scer.report.model import Report, Totals


@given(drawn.any_report())
@settings(max_examples=60, deadline=None)
def test_leaves_sum_to_the_total_of_the_session(report: Report) -> None:
    tree = tree_of(report)
    assert tree.energy_j == pytest.approx(report.totals.total_j, abs=1e-6)
    for least_j in (0.0, 1.0, 1e9):
        shown = drawable(tree, least_j)
        leaves_j = math.fsum(leaf.own_j for leaf in shown.leaves())
        assert leaves_j == pytest.approx(tree.energy_j, abs=1e-6)


def test_folders_files_classes_and_parameters_are_groups() -> None:
    cost = reports.measured(3.0)
    names = ["t/a.py::TestX::test_1[p]", "t/a.py::TestX::test_1[q/r]", "t/b.py::test_2"]
    report = reports.report(
        *(reports.entry(None, cost, nodeid=name) for name in names),
        totals=Totals(9.0, None, None, 9.0, 0.0),
    )
    tree = drawable(tree_of(report), 0.0)
    (folder,) = tree.children.values()
    assert folder.name == "t/"
    assert [(node.name, node.kind) for node in folder.children.values()] == [
        ("a.py::TestX::test_1", "group"),
        ("b.py::test_2", "test"),
    ]
    assert [leaf.name for leaf in tree.leaves()] == ["[p]", "[q/r]", "b.py::test_2"]


def test_fixtures_repeats_and_overhead_are_in_it() -> None:
    report = reported_suite.suite()
    report.totals.confirming_energy_j = 5.0
    assert report.totals.cpu_j is not None
    report.totals.cpu_j += 12.0
    kinds = {leaf.kind: leaf.own_j for leaf in tree_of(report).leaves()}
    assert kinds["repeats"] == 5.0
    assert kinds["overhead"] == pytest.approx(7.0)
    assert {"fixture", "test"} < kinds.keys()


def test_small_parts_are_put_together() -> None:
    report = reported_suite.suite()
    tree = drawable(tree_of(report), 2.5)
    (others,) = (leaf for leaf in tree.leaves() if leaf.kind == "others")
    assert others.name == "12 more"
    assert others.power_w == pytest.approx(others.own_j / (others.duration_s or 0.0))


def test_a_tree_as_deep_as_a_name_allows_is_drawn() -> None:
    report = reports.report(
        reports.entry(None, reports.measured(1.0), nodeid="a/" * 3000 + "test.py::test"),
        totals=Totals(1.0, None, None, 1.0, 0.0),
    )
    assert tree_of(report).energy_j == 1.0


def test_without_a_duration_there_is_no_power() -> None:
    assert Node("overhead", "overhead", 3.0).power_w is None
