"""What torch did in a section: compiling, as a nested section, and the memory it used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.sections import Runs
from pytest_scer.recording.testrun import TestRun

COMPILATION = "compilation"


@contextmanager
def watching_torch(
    test: TestRun, section: Runs, is_discarded: Callable[[], bool]
) -> Iterator[None]:
    """Watch what torch does while the block runs; without torch, do nothing.

    Args:
        test: The test.
        section: The section that the block is a run of.
        is_discarded: Whether what is measured now is a warm-up.
    """
    if "torch" not in sys.modules:
        yield
        return
    from pytest_scer.models.compilation import compilations

    def compiled(start: Reading, end: Reading) -> None:
        measured = Measurement.between(start, end)
        test.add_section(COMPILATION, measured, kept=not is_discarded())

    test.peaks.begin()
    try:
        with compilations(lambda: test.session.read(force=True), compiled):
            yield
    finally:
        peaks = test.peaks.end()
        known = section.peak_memory or {}
        section.peak_memory = {
            device: max(known.get(device, 0), peaks.get(device, 0)) for device in {**known, **peaks}
        }
