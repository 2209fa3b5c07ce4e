from __future__ import annotations

from pathlib import Path

import pytest
from pasts import NODEID, past

from pytest_scer.baseline.levels import LEVELS_FILE, Level, accepted, read_levels, write_levels
from pytest_scer.baseline.store import BadBaseline

X, Y = NODEID.format("test_x"), NODEID.format("test_y")


class TestFile:
    def test_levels_come_back_sorted(self, tmp_path: Path) -> None:
        levels = {Y: Level("2026-01-02", "2026-01-03"), X: Level("2026-01-01", "2026-01-01")}
        path = write_levels(tmp_path, levels)
        assert path == tmp_path / LEVELS_FILE
        assert read_levels(tmp_path) == levels
        text = path.read_text()
        assert text.index(X) < text.index(Y)

    def test_no_file_holds_none(self, tmp_path: Path) -> None:
        assert read_levels(tmp_path) == {}

    @pytest.mark.parametrize(
        "content",
        ["", "[]", "{}", '{"levels_version": 2, "tests": {}}', '{"levels_version": 1}',
         '{"levels_version": 1, "tests": []}', '{"levels_version": 1, "tests": {"a": {}}}'],
    )  # fmt: skip
    def test_a_damaged_one_is_refused_with_the_remedy(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / LEVELS_FILE
        path.write_text(content)
        with pytest.raises(BadBaseline, match="pytest-scer accept") as error:
            read_levels(tmp_path)
        assert str(path) in str(error.value)


class TestAccepted:
    def test_a_level_begins_where_the_last_regressions_in_a_row_began(self) -> None:
        days = [
            past(1, test_x=1),
            past(2, regressed=["test_x"], test_x=2),
            past(3, test_x=1),
            past(4, regressed=["test_x"], test_x=2),
            past(5, test_y=1),  # a session of other tests does not end the row
            past(6, regressed=["test_x"], test_x=2),
        ]
        assert accepted(days, [X]) == {X: Level(days[3].started_at, days[5].started_at)}

    def test_a_test_that_is_no_regression_begins_with_the_newest_session(self) -> None:
        days = [past(1, test_x=1), past(2, test_x=1)]
        assert accepted(days, [X]) == {X: Level(days[1].started_at, days[1].started_at)}

    def test_a_test_that_the_newest_session_has_not_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"test_y: the newest session, b\.json, has no figure"):
            accepted([past(1, test_y=1), past(2, test_x=1)], [Y])
