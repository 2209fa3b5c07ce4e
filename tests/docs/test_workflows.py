"""The workflow files of the recipes fit their schemas, and run commands that the pages run."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from examples import ROOT, blocks_of

SCHEMAS = {".github/workflows": "vendor.github-workflows", ".gitlab-ci.yml": "vendor.gitlab-ci"}


def workflows() -> Iterator[tuple[Path, str, str, str]]:
    """Page, name of the file, its schema and its text."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for block in blocks_of(page.read_text(encoding="utf-8")):
            name = block.attributes.get("title", "")
            for prefix, schema in SCHEMAS.items():
                if name.startswith(prefix):
                    yield page, name, schema, block.text


ALL = list(workflows())
each_workflow = pytest.mark.parametrize(
    ("page", "name", "schema", "text"), ALL, ids=[page.stem for page, *_ in ALL]
)


def test_every_recipe_has_one() -> None:
    recipes = {"github-actions", "gitlab-ci", "pre-merge-gate", "nightly-history", "matrix-shards",
               "gpu-runner"}  # fmt: skip
    assert recipes <= {page.stem for page, *_ in ALL}


@each_workflow
def test_a_workflow_fits_its_schema(
    page: Path, name: str, schema: str, text: str, tmp_path: Path
) -> None:
    pytest.importorskip("check_jsonschema")
    path = tmp_path / Path(name).name
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@each_workflow
def test_its_command_is_one_that_the_page_runs(
    page: Path, name: str, schema: str, text: str
) -> None:
    blocks = blocks_of(page.read_text(encoding="utf-8"))
    run = "\n".join(block.text for block in blocks if block.language == "shell")
    options = {
        option
        for line in re.findall(r"pytest (.*tests)$", text, re.MULTILINE)
        for option in re.findall(r"--[\w-]+", line)
    }
    assert options
    assert {option for option in options if option not in run} == set()
