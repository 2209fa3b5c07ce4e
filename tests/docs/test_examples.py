from __future__ import annotations

import os
import re
import runpy
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest
from examples import MODELS, PAGES, ROOT, blocks_of, missing, run_page, words

from pytest_scer.report.baseline_entry import BaselineEntry

pages = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))

IN_A_FILE = {"python", "toml", "ini", "yaml", "cfg"}


@pages
def test_commands_run_and_print_what_the_page_shows(path: Path, tmp_path: Path) -> None:
    if MODELS and path == ROOT / "README.md":
        pytest.skip("all of them run below, beside those that need a model")
    check(path, tmp_path)


@pytest.mark.skipif(not MODELS, reason="the models of the example suite are not installed")
def test_the_screen_of_the_readme_is_a_run_of_the_example_suite(tmp_path: Path) -> None:
    check(ROOT / "README.md", tmp_path, models=True)


def check(path: Path, directory: Path, *, models: bool = False) -> None:
    page = path.read_text(encoding="utf-8")
    for shown in run_page(page, directory, models=models, steady=True):
        lacking = missing(words(shown.block.text), words(shown.actual))
        assert lacking is None, f"line {shown.block.line}: no {lacking!r} in:\n{shown.actual}"


@pages
def test_every_code_block_is_a_file_of_an_example(path: Path) -> None:
    blocks = blocks_of(path.read_text(encoding="utf-8"))
    assert [
        block.line
        for block in blocks
        if block.language in IN_A_FILE and "title" not in block.attributes
    ] == []
    if any("title" in block.attributes for block in blocks):
        assert any(block.language == "shell" and not block.is_setup for block in blocks)


@pages
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        place, _, anchor = target.partition("#")
        if place.startswith("https://"):
            continue
        linked = path.parent / place if place else path
        assert linked.exists(), target
        if anchor:
            assert anchor in headings(linked), target


def headings(path: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_is_reached_from_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)#\s]+)", index))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert pages - {"index.md"} <= linked


def test_the_generated_reference_is_up_to_date() -> None:
    generated = runpy.run_path(str(ROOT / "docs" / "generate_reference.py"))["pages"]()
    stale = [
        str(path.relative_to(ROOT))
        for path, text in generated.items()
        if path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run: python docs/generate_reference.py"


def test_every_key_of_a_baseline_entry_is_explained() -> None:
    page = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    _, _, table = page.partition("## A baseline entry\n")
    rows = re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
    explained = [key for row in rows for key in re.findall(r"`(\w+)`", row)]
    assert sorted(explained) == sorted(field.name for field in fields(BaselineEntry))


# --- README -------------------------------------------------------------------------------------


def first_commands() -> list[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return [block.text for block in blocks_of(readme) if block.language == "shell"][:2]


def test_the_first_two_shell_blocks_are_one_command_each() -> None:
    example, tests = first_commands()
    assert example.count("\n") == tests.count("\n") == 1
    assert example.endswith("tox -e example\n")
    assert tests.endswith("tox\n")


def test_ci_runs_the_second_command_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_bytes((ROOT / ".ci" / "run").read_bytes())
    (tmp_path / "README.md").write_text(
        "```shell\necho first\n```\n```python\n1\n```\n```shell\necho second; exit 7\n```\n"
        "```shell\necho third\n```\n"
    )
    # With a Chromium on PATH, it installs none.
    (tmp_path / "chromium").touch(mode=0o755)
    done = subprocess.run(
        ["bash", ".ci/run"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("second\n", 7)
