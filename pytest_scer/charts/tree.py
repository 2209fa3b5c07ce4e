"""The session's energy as a tree: folders, files, classes, tests; fixtures, repeats, overhead."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import field, replace
from typing import Final

from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.model import Report
from pytest_scer.report.names import parts_of
from pytest_scer.report.spending import Spent, spent

_DEEPEST: Final = 16
"""How many folders and classes above a test become groups; the rest stays in its name."""


@dataclass(slots=True)
class Node:
    """A part of the session's energy.

    Attributes:
        name: Its name, without those of its ancestors.
        kind: ``group``, ``test``, ``fixture``, ``repeats``, ``overhead`` or ``others``, which are
            several parts that are too small to draw alone.
        own_j: Its joules, without those of its children.
        duration_s: How long it took; None if unknown.
        test: The index of the test in the report.
        children: Its parts.
    """

    name: str
    kind: str
    own_j: float = 0.0
    duration_s: float | None = None
    test: int | None = None
    children: dict[str, Node] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """Its name without the mark that joins it to what is below it."""
        return self.name.removesuffix("::")

    @property
    def energy_j(self) -> float:
        """Its joules and those of its children."""
        return self.own_j + math.fsum(each.energy_j for each in self.children.values())

    @property
    def power_w(self) -> float | None:
        """Average power in watts; None if its duration is unknown."""
        if self.duration_s is None or not self.duration_s > 0:
            return None
        return self.own_j / self.duration_s

    def leaves(self) -> Iterator[Node]:
        """Yield the parts that have none."""
        if not self.children:
            yield self
        for each in self.children.values():
            yield from each.leaves()

    def group(self, name: str) -> Node:
        """The group of that name among its children."""
        return self.children.setdefault(f"group {name}", Node(name, "group"))


def tree_of(report: Report) -> Node:
    """Return the tree; what has no joules is not in it.

    Its leaves sum to the total of the session, unless tests, fixtures and repeats exceed that by
    an error of their meters: there is no negative overhead in it then.
    """
    root = Node("session", "group")
    fixtures = Node("fixtures of wider scope", "group")
    for number, each in enumerate(spent(report)):
        if not each.known_j > 0:
            continue
        if each.number is None:
            fixtures.children[str(number)] = _leaf(each.name.removeprefix("fixture "), each)
            continue
        test = report.tests[each.number]
        above, name, parameters = parts_of(test.nodeid)
        if parameters:
            above, name = [*above, name], ""
        node = root
        for step in above[:_DEEPEST]:
            node = node.group(step)
        attempt = f" #{test.attempt}" if test.attempt > 1 else ""
        called = "".join([*above[_DEEPEST:], name, parameters, attempt])
        node.children[str(number)] = _leaf(called, each)
    if fixtures.children:
        root.children["fixtures"] = fixtures
    for name, joules in (
        ("repeats", report.totals.confirming_energy_j),
        ("overhead", report.totals.overhead_energy_j),
    ):
        if joules is not None and joules > 0:
            called = "repeats for verdicts" if name == "repeats" else name
            root.children[name] = Node(called, name, joules)
    return root


def _leaf(name: str, each: Spent) -> Node:
    kind = "fixture" if each.number is None else "test"
    # Some of the joules over all of the time would be too little power.
    is_whole = all(part.complete for part in each.parts)
    duration_s = math.fsum(part.duration_s for part in each.parts) if is_whole else None
    return Node(name, kind, each.known_j, duration_s, each.number)


def drawable(node: Node, least_j: float) -> Node:
    """The tree with chains of groups joined, and parts that are too small to draw put together.

    Its leaves sum to the same.

    Args:
        node: Its root, which stays as it is.
        least_j: The least joules of a part that is drawn alone.
    """
    small = {key: each for key, each in node.children.items() if each.energy_j < least_j}
    if len(small) < 2:
        small = {}
    kept = {
        key: drawable(_joined(each), least_j)
        for key, each in node.children.items()
        if key not in small
    }
    if small:
        kept["others"] = _others([leaf for each in small.values() for leaf in each.leaves()])
    return replace(node, children=kept)


def _joined(node: Node) -> Node:
    """The node, or what it holds if that is a single one."""
    while node.kind == "group" and len(node.children) == 1:
        (only,) = node.children.values()
        node = replace(only, name=node.name + only.name)
    return node


def _others(leaves: list[Node]) -> Node:
    seconds = [leaf.duration_s for leaf in leaves]
    known = [each for each in seconds if each is not None]
    return Node(
        f"{len(leaves):,} more",
        "others",
        math.fsum(leaf.own_j for leaf in leaves),
        math.fsum(known) if len(known) == len(seconds) else None,
    )
