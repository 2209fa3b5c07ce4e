"""Run a test again within its own call stage: the only module that needs pytest's private API.

pytest has no public way to run an item once more with fresh function fixtures. This module does
what pytest-rerunfailures does, but without hooks and reports: whatever other plugins wrap around
the call (capture, timeouts, xfail) stays around all runs. It relies on

* ``Session._setupstate`` (``SetupState.setup`` and ``teardown_exact``): tearing down to the item's
  parent ends its function fixtures and no others;
* ``Function._initrequest()``, which recreates ``funcargs`` and the fixture request, and the cached
  ``_instance`` and ``_obj`` of a method;
* ``Stash._storage``, where pytest stores phase results that fixtures such as ``tmp_path`` remove;
* ``TestCaseFunction._excinfo``, where a unittest case leaves its failures instead of raising them;
* ``Node.ihook``, which asks ``Session.gethookproxy`` for the hooks through which subtests report,
  and ``_pytest.subtests.failed_subtests_key``, under which pytest 9 counts those that failed.

``run_protocol_again`` repeats all of a test, with hooks and reports. It relies on ``_initrequest``
and ``_instance`` as well, and on ``SetupState.teardown_exact`` taking any node for the next item.

A contract test checks this, and fails when a release of pytest changes any of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from pytest_scer.core.text import printable

try:
    from _pytest.subtests import failed_subtests_key
except ImportError:  # before pytest 9
    failed_subtests_key = None  # type: ignore[assignment]


class CannotRunAgain(Exception):
    """A test could not be run again, or did not pass again; the message says why."""


def can_run_again(item: pytest.Item) -> bool:
    """Whether an item can be run again: functions, methods and doctests can."""
    return hasattr(item, "_initrequest") and hasattr(item.session, "_setupstate")


def run_again(item: pytest.Item, stage: Callable[[str], AbstractContextManager[Any]]) -> None:
    """Tear down the function fixtures of an item, set it up again and run it.

    Call this within the item's call stage, after it has passed. The last setup is left for
    pytest's own teardown.

    Args:
        item: The test.
        stage: Context manager that measures its block as the stage ``setup`` or ``call``.

    Raises:
        CannotRunAgain: A fixture or the test itself failed or skipped this time.
    """
    private: Any = item
    state: Any = item.session._setupstate
    kept = dict(private.stash._storage)
    try:
        with _reported_once(item):
            state.teardown_exact(item.parent)
        _forget(private)
        with _reported_once(item):  # again: the end of a fixture may undo it
            with stage("setup"):
                state.setup(item)
            with stage("call"):
                item.runtest()
        _raise_of_unittest(private)
    except pytest.exit.Exception:
        raise
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
        text = printable(str(error).partition("\n")[0])
        raise CannotRunAgain(f"{type(error).__name__}: {text}") from error
    finally:
        for key, value in kept.items():
            private.stash._storage.setdefault(key, value)


def run_protocol_again(item: pytest.Item) -> None:
    """Run an item through pytest's whole protocol, as often as it is called.

    Function fixtures end with each run. Those of wider scope stay until
    :func:`end_wider_fixtures`.

    Args:
        item: The test.
    """
    if can_run_again(item):
        _forget(item)
    # Of the item's parent and everything above, nothing is torn down.
    stay: Any = item.parent
    item.ihook.pytest_runtest_protocol(item=item, nextitem=stay)


def end_wider_fixtures(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End the fixtures that an item used and the next one does not share.

    Args:
        item: The item that ran last.
        nextitem: The item that runs next; None if there is none.

    Raises:
        BaseException: What a fixture raised.
    """
    # Not through the hook: plugins do not expect a second teardown of one run.
    state: Any = item.session._setupstate
    state.teardown_exact(nextitem)


def _forget(item: Any) -> None:
    """Discard the state of the last run: arguments, request, and the instance of a test class."""
    item._initrequest()
    if item.__dict__.get("_instance") is not None:
        del item._instance
        item._obj = None


class _HooksOfRepeat:
    """The hooks of an item, except that what it reports itself reaches no plugin."""

    def __init__(self, hooks: Any, reports: list[pytest.TestReport]) -> None:
        self._hooks = hooks
        self._reports = reports

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hooks, name)

    def pytest_runtest_logreport(self, *, report: pytest.TestReport) -> None:
        self._reports.append(report)


@contextmanager
def _reported_once(item: pytest.Item) -> Iterator[None]:
    """Keep a repeat's subtests, properties and warnings out of what the first run reported."""
    properties = list(item.user_properties)
    try:
        with _subtests_unreported(item), _warnings_unreported(item):
            yield
    finally:
        item.user_properties[:] = properties


class _Showing:
    """In place of ``warnings.showwarning``: shows no warning while it is silent."""

    def __init__(self, show: Callable[..., Any]) -> None:
        self._show = show
        self.silent = False

    def __call__(self, *arguments: Any, **keywords: Any) -> None:
        if not self.silent:
            self._show(*arguments, **keywords)


_SHOWING: pytest.StashKey[_Showing] = pytest.StashKey()  # see _CHECKED in checking.py


@contextmanager
def _warnings_unreported(item: pytest.Item) -> Iterator[None]:
    """Show no warning, but leave the filters alone.

    A fixture may save the state of the module in one repeat and restore it in the next, as
    ``warnings.catch_warnings`` around a ``yield`` does. So this is no ``catch_warnings``, whose end
    would undo the fixture's filters, and all repeats of an item have the same replacement.
    """
    before = warnings.showwarning
    showing = item.stash.setdefault(_SHOWING, _Showing(before))
    warnings.showwarning = showing
    showing.silent = True
    try:
        yield
    finally:
        showing.silent = False
        if warnings.showwarning is showing:
            warnings.showwarning = before
        with warnings.catch_warnings():
            pass  # makes Python forget which warnings it has shown: in a repeat, none were


@contextmanager
def _subtests_unreported(item: pytest.Item) -> Iterator[None]:
    session: Any = item.session
    hooks_at = session.gethookproxy
    reports: list[pytest.TestReport] = []
    failures: Any = item.config.stash.get(failed_subtests_key, {}) if failed_subtests_key else {}
    failures_before = dict(failures)
    session.gethookproxy = lambda path: _HooksOfRepeat(hooks_at(path), reports)
    try:
        yield
    finally:
        session.gethookproxy = hooks_at
        failures.clear()
        failures.update(failures_before)
    if any(report.failed for report in reports):
        pytest.fail("a subtest failed", pytrace=False)


def _raise_of_unittest(item: Any) -> None:
    failures = item.__dict__.get("_excinfo")
    if failures:
        item._excinfo = None
        raise failures[-1].value
