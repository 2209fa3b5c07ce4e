"""Who left what running: the sets, without processes or threads."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from threading import Thread

import pytest

from pytest_scer.recording.leftovers import Leftovers
from pytest_scer.recording.threads import Quiet
from pytest_scer.report.model import Finding

TEST = "test_it.py::test_it"


class World:
    """Children and threads that are there as they are told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.children: set[int] = set()
        self.threads: set[Thread] = set()
        self.turned: list[tuple[Quiet, float]] = []
        self.leftovers = Leftovers(lambda: list(self.children))
        monkeypatch.setattr(self.leftovers._children, "names", self.names)
        monkeypatch.setattr(self.leftovers._threads, "alive", lambda: set(self.threads))
        monkeypatch.setattr(self.leftovers._threads, "busy", self.busy)
        monkeypatch.setattr(self.leftovers._threads, "turned_busy", self.turned_busy)

    @staticmethod
    def names(pids: Collection[int]) -> Iterator[str]:
        yield from ("sleep" for pid in pids if pid < 10)  # of the others none is running

    @staticmethod
    def busy(threads: Collection[Thread], who: str, nodeid: str) -> list[str]:
        return sorted(thread.name for thread in threads if "idle" not in thread.name)

    def turned_busy(self) -> list[tuple[Quiet, float]]:
        turned, self.turned = self.turned, []
        return turned

    def texts(self, findings: Iterator[Finding]) -> list[str]:
        return [finding.text.partition(";")[0] for finding in findings]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_a_test_that_leaves_nothing(world: World) -> None:
    world.children, world.threads = {1}, {Thread(name="other")}
    world.leftovers.begin()
    world.children.clear()
    assert list(world.leftovers.of_test(TEST)) == []


def test_what_a_test_leaves(world: World) -> None:
    world.children, world.threads = {1}, {Thread(name="other")}
    world.leftovers.begin()
    world.children |= {2, 3, 11}
    world.threads |= {Thread(name="idle"), Thread(name="spin"), Thread(name="loop")}
    children, threads = world.leftovers.of_test(TEST)
    end = "; its energy from now on is charged to the following tests"
    assert children.text == f"the test left running: sleep (2 times){end}"
    assert threads.text == f"the test left running: thread loop, thread spin{end}"
    assert (children.value, children.unit) == (2, "processes")
    assert (threads.value, threads.unit) == (2, "threads")
    for finding in (children, threads):
        assert (finding.kind, finding.nodeids, finding.severity) == ("leftover", [TEST], "warning")
        assert finding.remedy is not None


def test_what_is_idle_or_dead_is_not_named(world: World) -> None:
    world.leftovers.begin()
    world.children, world.threads = {11}, {Thread(name="idle")}
    assert list(world.leftovers.of_test(TEST)) == []


def test_what_a_fixture_started_is_not_the_tests(world: World) -> None:
    world.leftovers.begin()
    before = world.leftovers.running()
    world.children, world.threads = {1}, {Thread(name="server")}
    started = world.leftovers.fixture_began(before)
    assert list(world.leftovers.of_test(TEST)) == []
    named = world.texts(world.leftovers.of_fixture("server", TEST, started))
    assert named == [
        "the fixture server left running: sleep",
        "the fixture server left running: thread server",
    ]
    world.children.clear()
    world.threads.clear()
    assert list(world.leftovers.of_fixture("server", TEST, started)) == []


def test_a_thread_that_became_busy_later(world: World) -> None:
    thread = Thread(name="late\udce9")
    world.turned = [(Quiet(thread, "the test", "test_it.py::test_before", 0.0), 0.25)]
    (finding,) = world.leftovers.of_test(TEST)
    assert finding.text == (
        r"the test left running: thread late\udce9; other tests are charged for the 250 ms of "
        "CPU time that it has used since"
    )
    assert finding.nodeids == ["test_it.py::test_before"]
    assert (finding.value, finding.unit) == (0.25, "s")
