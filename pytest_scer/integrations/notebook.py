"""Reports and histories in a notebook: objects that show themselves, with tables and pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, Final

from pytest_scer.baseline.history import Baseline
from pytest_scer.baseline.store import BadBaseline
from pytest_scer.baseline.trends import trends_of
from pytest_scer.charts import history as history_chart
from pytest_scer.charts.chart import Chart
from pytest_scer.charts.kinds import HISTORY, OF_REPORT
from pytest_scer.charts.style import LIGHT, Theme
from pytest_scer.core.shown import visible
from pytest_scer.formats import picture
from pytest_scer.formats.terminal import headline
from pytest_scer.integrations import notebook_rows as rows
from pytest_scer.report.model import Report
from pytest_scer.report.reading import read_report

_FIGURES: Final = ("_j", "_g", "_s", "_l", "_w", "change")
"""How the names of columns with figures end."""
MOST_ROWS: Final = 20
"""How many rows of a table are shown; ``to_pandas()`` has all."""


class Table(Sequence[Mapping[str, Any]]):
    """Rows of a report: a sequence of mappings. Missing figures are None."""

    def __init__(self, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Create the table.

        Args:
            title: What its rows are.
            rows: The rows, all with the same columns.
        """
        self.title = title
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"<{self.title}: {len(self):,} rows>"

    def to_pandas(self) -> Any:
        """Return the rows as a pandas.DataFrame.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError("to_pandas() needs pandas: pip install pandas") from None
        frame = pd.DataFrame(list(self._rows))
        figures = [name for name in frame.columns if name.endswith(_FIGURES)]
        # A column without any figure has numbers, too: missing ones.
        return frame.astype(dict.fromkeys(figures, float))

    def _repr_html_(self) -> str:
        if not self._rows:
            return f"<p>{_text(self.title)}: none</p>"
        columns = [
            name for name in self._rows[0] if any(row[name] is not None for row in self._rows)
        ]
        head = "".join(f"<th>{_text(name)}</th>" for name in columns)
        body = "".join(
            f"<tr>{''.join(_cell(row[name]) for name in columns)}</tr>"
            for row in self._rows[:MOST_ROWS]
        )
        rest = len(self) - MOST_ROWS
        more = f"<p>and {rest:,} more rows</p>" if rest > 0 else ""
        return (
            f"<table><caption>{_text(self.title)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{more}"
        )


class Picture:
    """A picture that a notebook shows as SVG."""

    def __init__(self, chart: Chart, theme: Theme = LIGHT) -> None:
        """Create the picture.

        Args:
            chart: What it shows.
            theme: Its colours.
        """
        self.chart = chart
        self._theme = theme

    def __repr__(self) -> str:
        return f"<picture: {self.chart.description}>"

    def save(self, path: str | Path) -> None:
        """Write the picture; the suffix chooses the format: ``.svg``, ``.png`` or ``.pdf``.

        Raises:
            ValueError: The suffix is unknown, or the extra ``html`` is not installed.
        """
        target = Path(path)
        kind = target.suffix.removeprefix(".").lower()
        if kind not in picture.KINDS:
            raise ValueError(f"{path}: expected one of the suffixes .{', .'.join(picture.KINDS)}")
        target.write_bytes(self._drawn(kind))

    def _drawn(self, kind: str) -> bytes:
        return picture.drawn(picture.document(self.chart, self._theme), kind)

    def _repr_svg_(self) -> str:
        return self._drawn("svg").decode()


class Session:
    """A report in a notebook.

    Attributes:
        report: The report, with every figure of its JSON.
    """

    def __init__(self, report: Report) -> None:
        """Show a report.

        Args:
            report: The report.
        """
        self.report = report

    def __repr__(self) -> str:
        return f"<SCER report: {headline.verdict(self.report)[0]}; {headline.total(self.report)}>"

    @cached_property
    def tests(self) -> Table:
        """The tests, one row for each attempt."""
        return Table("tests", rows.of_tests(self.report))

    @cached_property
    def fixtures(self) -> Table:
        """The fixtures of wider scope than a function."""
        return Table("fixtures", rows.of_fixtures(self.report))

    @cached_property
    def budgets(self) -> Table:
        """The budgets of the session and of the tests."""
        return Table("budgets", rows.of_budgets(self.report))

    @cached_property
    def models(self) -> Table:
        """The scores of models, with their ratings."""
        return Table("models", rows.of_models(self.report))

    def to_pandas(self) -> Any:
        """Return the tests as a pandas.DataFrame."""
        return self.tests.to_pandas()

    def plot(self, kind: str = "tests") -> Picture:
        """Return a picture.

        Args:
            kind: As in ``pytest-scer plot``: ``tests``, ``runs``, ``components``, ``timeline``,
                ``treemap``, ``budgets``, ``models`` or ``pareto``.

        Raises:
            ValueError: The kind is unknown, or there is nothing to draw.
        """
        if kind not in OF_REPORT:
            raise ValueError(f"{kind!r}: expected one of {', '.join(OF_REPORT)}")
        draw, nothing = OF_REPORT[kind]
        chart = draw(self.report)
        if chart is None:
            raise ValueError(f"nothing to draw: {nothing}")
        return Picture(chart)

    def _repr_html_(self) -> str:
        verdict, _ = headline.verdict(self.report)
        total, parts = headline.total(self.report), headline.parts(self.report)
        shown = Table("tests that cost most", rows.most_expensive(self.report))
        return (
            f"<h4>SCER report: {_text(verdict)}</h4><p><strong>{_text(total)}</strong>"
            f"{': ' + _text(parts) if parts else ''}</p>{shown._repr_html_()}"
        )


class History:
    """A history in a notebook.

    Attributes:
        baseline: Its sessions, the newest last.
    """

    def __init__(self, baseline: Baseline) -> None:
        """Show a history.

        Args:
            baseline: The history.
        """
        self.baseline = baseline

    def __repr__(self) -> str:
        return f"<SCER history: {len(self.baseline.sessions):,} sessions>"

    @cached_property
    def tests(self) -> Table:
        """A row for each test in each session that is comparable with the newest one."""
        return Table("tests by session", rows.of_history(trends_of(self.baseline)))

    def to_pandas(self) -> Any:
        """Return what each test cost in each session as a pandas.DataFrame."""
        return self.tests.to_pandas()

    def plot(self, kind: str = HISTORY) -> Picture:
        """Return the picture of the history.

        Raises:
            ValueError: The kind is unknown, or there is nothing to draw.
        """
        if kind != HISTORY:
            raise ValueError(f"{kind!r}: expected {HISTORY!r}")
        chart = history_chart.chart(self.baseline)
        if chart is None:
            raise ValueError("nothing to draw: no test has figures of two sessions")
        return Picture(chart)

    def _repr_html_(self) -> str:
        count = len(self.baseline.sessions)
        return f"<h4>SCER history: {count:,} sessions</h4>{self.tests._repr_html_()}"


def read(path: str | os.PathLike[str]) -> Session | History:
    """Read a report or a history.

    Args:
        path: A JSON report, or the directory of a history.

    Raises:
        ValueError: It cannot be read, or is something else; the message names it.
    """
    place = Path(path)
    if not place.is_dir():
        return Session(read_report(place))
    history = Baseline.load(place)
    if not history.sessions:
        raise BadBaseline(f"{place}: {history.why_empty}")
    return History(history)


def _text(text: str) -> str:
    return escape(visible(text))


def _cell(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'<td style="text-align:right">{value:,.4g}</td>'
    return f'<td style="text-align:left">{"" if value is None else _text(str(value))}</td>'
