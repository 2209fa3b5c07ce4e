"""What is remembered about a machine, and when it is asked for again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pytest_scer.meters import machine_cache
from pytest_scer.meters.machine_cache import forget, remembered

ASKED = {"model": "chip", "logical": 2}


class Machine:
    """Counts how often it is asked."""

    def __init__(self, answer: Any = (4.0, "text")) -> None:
        self.times = 0
        self._answer = answer

    def ask(self) -> Any:
        self.times += 1
        return self._answer


def answer_of(machine: Machine, **changed: Any) -> list[Any]:
    found = remembered("thread", {**ASKED, **changed}, machine.ask, lambda answer: len(answer) == 2)
    return list(found)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory, on a machine that has a boot ID."""
    boot = tmp_path / "boot_id"
    boot.write_text("first\n")
    monkeypatch.setattr(machine_cache, "_BOOT_ID", boot)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return home


def file_of(home: Path) -> Path:
    return home / ".cache" / "pytest-scer" / "thread.json"


def test_a_machine_is_asked_once(home: Path) -> None:
    machine = Machine()
    assert answer_of(machine) == answer_of(machine) == [4.0, "text"]
    assert machine.times == 1
    assert file_of(home).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in file_of(home).parent.iterdir()] == ["thread.json"]


def test_it_is_asked_again_after_it_booted_and_for_another_question(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine()
    answer_of(machine)
    answer_of(machine, logical=4)
    assert machine.times == 2
    (tmp_path / "boot_id").write_text("second\n")
    answer_of(machine, logical=4)
    assert machine.times == 3
    monkeypatch.setattr(machine_cache, "__version__", "another")
    answer_of(machine, logical=4)
    assert machine.times == 4
    assert home.exists()


def test_it_is_asked_again_after_forgetting(home: Path) -> None:
    machine = Machine()
    forget()  # nothing, yet
    answer_of(machine)
    forget()
    assert not file_of(home).exists()
    answer_of(machine)
    assert machine.times == 2


def altered(text: str, **changed: Any) -> str:
    return json.dumps({**json.loads(text), **changed})


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-3],
        lambda text: "",
        lambda text: "[]",
        lambda text: "null",
        lambda text: "\x00\xff",
        lambda text: "[" * 60000,
        lambda text: text + " " * 70000,
        lambda text: altered(text, answer=[1.0]),
        lambda text: altered(text, more=1),
        lambda text: altered(text, question=None),
    ],
)
def test_a_damaged_file_is_replaced(home: Path, damage: Any) -> None:
    machine = Machine()
    answer_of(machine)
    whole = file_of(home).read_text()
    file_of(home).write_text(damage(whole), encoding="latin-1")
    assert answer_of(machine) == [4.0, "text"]
    assert machine.times == 2
    assert file_of(home).read_text() == whole


def other_mode(path: Path) -> None:
    path.chmod(0o666)


def link(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to("other")


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("change", [other_mode, link, fifo, directory])
def test_what_others_could_have_written_is_not_read(home: Path, change: Any) -> None:
    answer_of(Machine((5.0, "theirs")))
    change(file_of(home))
    assert answer_of(Machine()) == [4.0, "text"]


def test_a_file_of_another_user_is_not_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_of(Machine((5.0, "theirs")))
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    machine = Machine()
    assert answer_of(machine) == [4.0, "text"]
    before = file_of(home).read_text()
    assert answer_of(machine) == [4.0, "text"]
    assert machine.times == 2
    assert file_of(home).read_text() == before  # and their directory is left alone


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HOME", "/dev/null"),
        ("HOME", "/proc/nothing"),
        ("HOME", "relative"),
        ("HOME", ""),
        ("XDG_CACHE_HOME", "/dev/full/x"),
    ],
)
def test_no_directory_is_needed(
    home: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, tmp_path: Path
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.chdir(tmp_path)
    machine = Machine()
    assert answer_of(machine) == answer_of(machine) == [4.0, "text"]
    assert machine.times == 2
    assert not any(home.iterdir())


def test_a_machine_without_a_boot_id_is_asked_each_time(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_cache, "_BOOT_ID", home / "none")
    machine = Machine()
    answer_of(machine)
    answer_of(machine)
    assert machine.times == 2
    assert not any(home.iterdir())


def test_the_users_own_place_for_such_files_is_used(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    answer_of(Machine())
    assert (tmp_path / "cache" / "pytest-scer" / "thread.json").exists()
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored, by the specification
    answer_of(Machine())
    assert file_of(home).exists()


def test_a_reader_never_sees_half_a_file(home: Path) -> None:
    answer_of(Machine())
    with file_of(home).open() as reader:
        answer_of(Machine(), logical=8)
        assert json.load(reader)["question"]["logical"] == 2  # replaced, not overwritten
