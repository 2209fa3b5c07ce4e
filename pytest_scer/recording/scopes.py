"""The open sections of a test: who counts units, and what each holds of other phases."""

from __future__ import annotations

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.sections import Inside, Scope


class Scopes:
    """The sections and runs of ``carbon(fn)`` that are open, within the stages of a test."""

    def __init__(self, phase: str | None) -> None:
        """Nothing is open.

        Args:
            phase: The phase of the test.
        """
        self._phase = phase
        self._open: list[Scope] = []
        self._stages: list[Scope | None] = [None]  # made when needed; before the first stage

    @property
    def innermost(self) -> Scope | None:
        """The innermost open scope; None if there is none."""
        return self._open[-1] if self._open else None

    @property
    def phase(self) -> str | None:
        """The phase of the innermost open scope, else of the test."""
        return self._open[-1].phase if self._open else self._phase

    @property
    def parent(self) -> str | None:
        """The name of the innermost open section."""
        names = (scope.name for scope in reversed(self._open))
        return next((name for name in names if name is not None), None)

    @property
    def stages(self) -> list[Inside]:
        """What the sections of each stage used that has begun, outside of ``carbon(fn)``."""
        return [Inside() if stage is None else stage.inside for stage in self._stages[1:]]

    def begin_stage(self) -> None:
        """Sections that end from now on belong to a new stage."""
        self._stages.append(None)

    def open(self, name: str | None, phase: str | None) -> Scope:
        """Open a section, or a run of ``carbon(fn)``, which has no name."""
        scope = Scope(name, phase)
        self._open.append(scope)
        return scope

    def close_section(self, section: Scope, measured: Measurement) -> None:
        """Close a section, and add what it used to the scope around it.

        A section that outlives the one around it, as in a generator, lies in neither of them.
        """
        if not self._close(section):
            return
        if section.holds_calls:
            self._around.inside.add(section.inside)
        else:
            again = any(scope.name == section.name for scope in self._open)
            self._around.add(section, measured, again=again)

    def close_run(self, run: Scope) -> None:
        """Close a run of ``carbon(fn)``; if it is nested, the scope around it holds its sections.

        The runs of an outermost ``carbon(fn)`` stay apart, because the test's measurement is their
        median.
        """
        if not self._close(run):
            return
        if any(scope.name is None for scope in self._open):
            self._around.inside.add(run.inside)
        else:
            for scope in self._open:
                scope.holds_calls = True

    def _close(self, scope: Scope) -> bool:
        """Close a scope and everything that is still open inside it; whether it was open."""
        if not any(scope is each for each in self._open):
            return False
        while self._open.pop() is not scope:
            pass
        return True

    @property
    def _around(self) -> Scope:
        if self._open:
            return self._open[-1]
        stage = self._stages[-1]
        if stage is None:
            stage = self._stages[-1] = Scope(None, self._phase)
        return stage
