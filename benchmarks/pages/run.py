"""How the page of a report scales: its size, and how long a browser takes to read and use it.

For each size, it writes the page of a report whose tests have random figures, which compress worse
than those of real sessions, and opens it in the Chromium that is found. Needs an environment with
``pytest-scer[html]`` and playwright.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from pytest_scer.core.intensity import CarbonIntensity
from pytest_scer.core.measurement import Measurement
from pytest_scer.formats.page.report_page import dump_report
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance
from pytest_scer.report.model import (
    BudgetEntry,
    Environment,
    Report,
    SessionInfo,
    TestEntry,
    Totals,
)

WORKERS: Final = 4
SORTED: Final = ("name", "duration_s", "energy_j")
TIMED: Final = """async (action) => {
    const started = performance.now();
    ACTION
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return (performance.now() - started) / 1000;
}"""


@dataclass(frozen=True)
class Timing:
    """A page in a browser; seconds of wall time, and megabytes.

    Attributes:
        write_s: Until the page was written.
        size_mb: Its size.
        read_s: Until the table could be used.
        drawn_s: Until all charts were drawn.
        sort_s: The slowest sort of three columns.
        open_s: Until the first test was open.
    """

    write_s: float
    size_mb: float
    read_s: float
    drawn_s: float
    sort_s: float
    open_s: float


def main() -> None:
    """Measure each size, and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", default="10000,100000")
    sizes = [int(size) for size in arguments.parse_args().sizes.split(",")]
    print("| tests | write s | MB | read s | drawn s | sort s | open s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder, browser_page() as page:
        for size in sizes:
            found = measure(made(size), Path(folder) / "report.html", page)
            print(
                f"| {size:,} | {found.write_s:.1f} | {found.size_mb:.1f} | {found.read_s:.2f} "
                f"| {found.drawn_s:.2f} | {found.sort_s:.2f} | {found.open_s:.2f} |"
            )


@contextmanager
def browser_page() -> Iterator[Page]:
    """A page of the Chromium that is found, without a network."""
    with sync_playwright() as playwright:
        names = ("chromium", "chromium-browser", "google-chrome")
        found = next(filter(None, map(shutil.which, names)), None)
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield browser.new_context(offline=True).new_page()
        browser.close()


def measure(report: Report, file: Path, page: Page) -> Timing:
    """Write a page, and use it."""
    started = time.perf_counter()
    file.write_text("".join(dump_report(report)), encoding="utf-8")
    written = time.perf_counter()
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]", timeout=60_000)
    read = time.perf_counter()
    page.wait_for_selector("html[data-ready=yes]", timeout=60_000)
    drawn = time.perf_counter()
    click = TIMED.replace("ACTION", "document.querySelector(action).click();")
    sort_s = max(page.evaluate(click, f"[data-sort={key}]") for key in SORTED)
    opening = time.perf_counter()
    page.locator("button.open").first.click()
    page.wait_for_selector(".test")
    opened = time.perf_counter()
    return Timing(
        write_s=written - started,
        size_mb=file.stat().st_size / 1e6,
        read_s=read - written,
        drawn_s=drawn - written,
        sort_s=sort_s,
        open_s=opened - opening,
    )


def made(size: int) -> Report:
    """A report of that number of tests, on four workers."""
    draw = random.Random(1)
    tests, start_s = [], 0.0
    for number in range(size):
        tests.append(_test(number, start_s, draw))
        start_s += sum(each.duration_s for each in tests[-1].stages.values() if each) / WORKERS
    stages = [each for test in tests for each in test.stages.values() if each is not None]
    cpu_j, ram_j = sum(each.cpu_j or 0 for each in stages), sum(each.ram_j or 0 for each in stages)
    meter = MeterInfo("RAPL", Provenance.MEASURED, None, 1e-3)
    return Report(
        session=SessionInfo(
            "0123456789ab",
            "2026-03-01T12:00:00+00:00",
            start_s,
            0,
            False,
            WORKERS,
            [{"label": "h0"}],
        ),
        environment=Environment("Linux", "3.12", "CPU", 8, [], 32.0, {}),
        meters={"cpu": meter, "gpu": ABSENT, "ram": meter},
        carbon_intensity=CarbonIntensity(475.0, "world average", "a table", "average", 2024),
        pue=1.0,
        wue_l_per_kwh=None,
        totals=Totals(1.05 * cpu_j, None, 1.05 * ram_j, cpu_j + ram_j, 0.0),
        tests=tests,
    )


def _test(number: int, start_s: float, draw: random.Random) -> TestEntry:
    stages: dict[str, Measurement | None] = {
        "setup": _measurement(0.001, draw),
        "call": _measurement(0.05, draw),
        "teardown": _measurement(0.0005, draw),
    }
    call = stages["call"]
    actual_j = call.total_j if call is not None else None
    budget = BudgetEntry("5 J", 5.0, "J", actual_j, 0.1, 1, "ok", "the marker")
    file = f"tests/unit/package_{number % 40}/test_module_{number // 50}.py"
    return TestEntry(
        nodeid=f"{file}::TestThing{number % 9}::test_behaviour_{number}[{draw.random():.3f}]",
        outcome="passed" if draw.random() > 0.01 else "failed",
        worker=f"gw{number % WORKERS}",
        host="h0",
        attempt=1,
        phase=None,
        category=None,
        model=f"model-{number % 7}" if number % 5 == 0 else None,
        unmeasured=None,
        stages=stages,
        measurement=call,
        units={},
        sections=[],
        budgets=[budget] if number % 3 == 0 else [],
        marks=["slow"] if number % 11 == 0 else [],
        start_s=start_s,
    )


def _measurement(seconds: float, draw: random.Random) -> Measurement:
    duration_s = draw.lognormvariate(0, 1) * seconds
    cpu_time_s = duration_s * draw.random()
    cpu_j, ram_j = 4.0001 * cpu_time_s, 20.0001 * duration_s
    return Measurement(
        duration_s, cpu_time_s, cpu_j, None, ram_j, 0.2 * (cpu_j + ram_j), shown_j=0.01 * cpu_j
    )


if __name__ == "__main__":
    main()
