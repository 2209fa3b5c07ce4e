"""Compare the session as a whole with its baseline, find new and vanished tests, and save it."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_scer.baseline import store
from pytest_scer.baseline.fingerprint import Fingerprint, differences
from pytest_scer.baseline.history import Baseline, Opponent
from pytest_scer.baseline.past import Past, past_of
from pytest_scer.baseline.renames import renamed
from pytest_scer.baseline.session import compare_session
from pytest_scer.baseline.writing import writing
from pytest_scer.collecting.outputs import why_not_written
from pytest_scer.config.settings import Settings
from pytest_scer.core.units import counted
from pytest_scer.report.model import Finding, Report

MOST_NAMED = 20
"""Maximum number of new or vanished tests that are named; the rest are only counted."""


class SessionBaseline:
    """Compares the session as a whole with its baseline, and saves it as a baseline."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        """Prepare for this session.

        Args:
            config: The pytest config object.
            settings: The settings of the session.
        """
        self._config = config
        self._settings = settings
        self.saved: str | None = None
        """What became of saving it, for the terminal; None if it was not requested."""

    @property
    def _baseline(self) -> Baseline | None:
        """The baseline, if it has a session to compare with."""
        baseline = self._settings.baseline
        return baseline if baseline is not None and baseline.sessions else None

    def judge(self, report: Report) -> bool:
        """Compare the session with the baseline; return whether that fails the run."""
        if self._baseline is None:
            return False
        report.baseline = compare_session(
            past_of(report), self._baseline, self._settings.max_regression
        )
        return report.baseline.verdict in self._settings.fail_on

    def add_findings(self, report: Report, collected: Collection[str]) -> None:
        """Report new, vanished and renamed tests, and what cannot be compared."""
        if self._baseline is None:
            if self._settings.baseline is not None:
                text = f"{self._settings.baseline.name} has no session yet: nothing to compare with"
                report.findings.append(Finding("baseline", text))
            return
        fingerprint = Fingerprint.of_report(report)
        opponent = self._baseline.against(fingerprint)
        for text in opponent.differences.blocking:
            report.findings.append(Finding("not comparable", text))
        for text in opponent.differences.noted:
            report.findings.append(Finding("changed", text))
        for text in self._baseline.lost_anchor(fingerprint):
            report.findings.append(Finding("not comparable", f"the anchor is ignored: {text}"))
        grid, now = opponent.newest, report.carbon_intensity
        if (grid.g_per_kwh, grid.pue) != (now.g_per_kwh, report.pue):
            text = (
                f"grid {grid.g_per_kwh:g} g per kWh and PUE {grid.pue:g} in the baseline, "
                f"{now.g_per_kwh:g} and {report.pue:g} now: CO2e is compared at the baseline's "
                "values"
            )
            report.findings.append(Finding("changed", text))
        report.findings += list(self._names(report, opponent, collected))

    def _names(
        self, report: Report, opponent: Opponent, collected: Collection[str]
    ) -> Iterable[Finding]:
        measured = {test.nodeid for test in report.tests if test.measurement is not None}
        new = measured - opponent.nodeids
        # Only the newest session counts: older ones would report the same tests every time.
        gone = self._vanished(opponent.newest.tests.keys(), collected)
        old_names = renamed(gone, new)
        for nodeid, old in old_names.items():
            text = f"not in the baseline; possibly {old}, renamed"
            yield Finding("renamed test", text, [nodeid])
        yield from _some("new test", "not in the baseline", new - old_names.keys())
        yield from _some(
            "vanished test", "in the baseline, but not collected", gone - set(old_names.values())
        )

    def _vanished(self, known: Collection[str], collected: Collection[str]) -> set[str]:
        """Tests of the baseline that no longer exist, as opposed to those not selected."""
        if any("::" in argument for argument in self._config.args):
            return set()
        files = {nodeid.partition("::")[0] for nodeid in collected}
        return {
            nodeid
            for nodeid in known
            if nodeid not in collected
            and (
                (file := nodeid.partition("::")[0]) in files
                or not (self._config.rootpath / file).exists()
            )
        }

    def save(self, report: Report, collected: Collection[str]) -> bool:
        """Save the session as a baseline, if requested; return False if that was impossible.

        Other tests in an existing file are kept if they come from the same machine: running some
        tests updates only those.

        Args:
            report: The complete report.
            collected: All collected tests, including deselected ones.
        """
        target = self._settings.save_baseline
        if target is None:
            return True
        try:
            self.saved = self._saved(report, target, collected)
        except (OSError, ValueError) as error:  # ValueError: what is there is no baseline any more
            self.saved = f"baseline {target} could not be saved: {why_not_written(error)}"
            return False
        return True

    def _saved(self, report: Report, target: Path, collected: Collection[str]) -> str:
        path = self._config.invocation_params.dir / target
        if self._settings.history is not None and not path.is_dir():
            raise FileNotFoundError(errno.ENOENT, "there is no such directory any more")
        refusal = self._why_not_saved(report, target, is_history=path.is_dir())
        if refusal is not None:
            return refusal
        with writing(path if path.is_dir() else Path(os.path.realpath(path)).parent):
            return self._save(past_of(report), target, path, collected)

    def _save(self, past: Past, target: Path, path: Path, collected: Collection[str]) -> str:
        """Save the session, with the other tests of an existing file."""
        kept = 0
        if path.is_file():
            before = store.read_past(path)
            gone = self._vanished(before.tests.keys(), collected)
            stay = {
                nodeid: test
                for nodeid, test in before.tests.items()
                if nodeid not in past.tests and nodeid not in gone
            }
            if stay and not _comparable(before, past):
                return (
                    f"baseline {target} not saved: it has {len(stay)} other tests, from another "
                    "machine or other meters; run all of them, or save to another file"
                )
            kept = len(stay)
            past = replace(
                past,
                tests={**stay, **past.tests},
                fixtures={**before.fixtures, **past.fixtures},
            )
        written = store.save(past, path)
        others = f", {kept} unchanged" if kept else ""
        saved = counted(len(past.tests) - kept, "test")
        return f"baseline {_shown(written, target)}: {saved} saved{others}"

    def _why_not_saved(self, report: Report, target: Path, *, is_history: bool) -> str | None:
        """Why this session is not kept; None where it is.

        A history keeps every complete session, and what counts is decided when it is read. A file
        would lose its baseline to a session that failed.
        """
        session = report.session
        passed = session.exit_status == pytest.ExitCode.OK
        if is_history:
            ended = session.exit_status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
            if ended and not session.interrupted and not report.not_run:
                return None
            return f"history {target}: this session is not added, because it is not complete"
        if (passed and not session.interrupted) or self._settings.save_failed:
            return None
        why = "was interrupted" if session.interrupted else "failed"
        return (
            f"baseline {target} not saved: the session {why}; to save it anyway, use "
            "--scer-save-failed"
        )


def _shown(written: Path, target: Path) -> Path:
    return target / written.name if written.parent.name == target.name else target


def _comparable(before: Past, now: Past) -> bool:
    return not differences(before.fingerprint, now.fingerprint).blocking


def _some(kind: str, text: str, nodeids: Collection[str]) -> Iterable[Finding]:
    named = sorted(nodeids)
    for nodeid in named[:MOST_NAMED]:
        yield Finding(kind, text, [nodeid])
    if len(named) > MOST_NAMED:
        yield Finding(kind, f"{text}: {len(named) - MOST_NAMED} more")
