"""The recipes' workflow files fit their schemas, and the pages run the same commands."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from examples import ROOT, Block, blocks_of

SCHEMAS = {".github/workflows": "vendor.github-workflows", ".gitlab-ci.yml": "vendor.gitlab-ci"}


def workflows() -> Iterator[tuple[Path, str, str, str]]:
    """Yield page, file name, schema and text of each workflow file."""
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
               "gpu-runner", "compare-two-commits", "publish-pages"}  # fmt: skip
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


# The commands that are compared. The others depend on the service: checkout, install, artifacts.
COMPARED = {"pytest", "pytest-scer", "mkdir", "cp"}


def commands_of(script: str) -> list[list[str]]:
    """Return the words of each compared command, without redirections of its output."""
    words = shlex.shlex(script.replace("\n", ";"), posix=True, punctuation_chars=True)
    words.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in words:
        if set(word) <= set("();<>|&"):
            commands.append([])
        else:
            commands[-1].append(word)
    return [command for command in commands if command and command[0] in COMPARED]


def scripts_of(workflow: dict[str, Any]) -> Iterator[str]:
    """Yield the scripts of the jobs of GitHub Actions or GitLab CI, once per matrix entry."""
    for job in workflow.get("jobs", workflow).values():
        matrix = job.get("strategy", {}).get("matrix", {})
        for values in product(*matrix.values()):
            for step in [*job.get("steps", ()), *({"run": line} for line in job.get("script", ()))]:
                script = step.get("run", "")
                for name, value in zip(matrix, values, strict=True):
                    script = script.replace(f"${{{{ matrix.{name} }}}}", value)
                yield script


def without(command: list[str], options: set[str]) -> list[str]:
    """Return a command without these options and their values."""
    kept: list[str] = []
    is_value = False
    for word in command:
        if not is_value and word not in options:
            kept.append(word)
        is_value = word in options
    return kept


def differences(block: Block) -> dict[str, str]:
    """Return the options, with values, that a block declares to differ from the workflow."""
    words = shlex.split(block.attributes.get("but", ""))
    return dict(zip(words[::2], words[1::2], strict=True))


@each_workflow
def test_its_commands_are_run_by_the_page_as_they_stand(
    page: Path, name: str, schema: str, text: str
) -> None:
    yaml: Any = pytest.importorskip("yaml")
    blocks = [
        (commands_of(block.text), set(differences(block)))
        for block in blocks_of(page.read_text(encoding="utf-8"))
        if block.language == "shell" and not block.is_setup
    ]
    commands = [each for script in scripts_of(yaml.safe_load(text)) for each in commands_of(script)]
    assert any(command[0] in {"pytest", "pytest-scer"} for command in commands)
    not_run = [
        shlex.join(command)
        for command in commands
        if not any(
            without(command, options) in [without(each, options) for each in run]
            for run, options in blocks
        )
    ]
    assert not_run == []


def test_where_a_page_runs_other_options_it_gives_the_reason_beside_it() -> None:
    differing = [
        (page, text, block)
        for page in sorted({page for page, *_ in ALL})
        for text in [page.read_text(encoding="utf-8")]
        for block in blocks_of(text)
        if "but" in block.attributes
    ]
    assert differing
    for page, text, block in differing:
        reason = text[: text.rindex("```", 0, block.start)].rstrip().rpartition("\n\n")[2]
        for option, value in differences(block).items():
            assert f"{option} {value}" in block.text, (page.name, block.line)
            assert f"`{option}" in reason, (page.name, block.line)


def test_commands_are_told_by_their_words() -> None:
    assert commands_of(
        "pip install x\npytest --scer-budget '1 kJ' -k \"a or b\" tests\n"
        "mkdir -p ~/h && echo a=$(ls | wc -l)\npytest-scer show x-*.json > a.md || true"
    ) == [
        ["pytest", "--scer-budget", "1 kJ", "-k", "a or b", "tests"],
        ["mkdir", "-p", "~/h"],
        ["pytest-scer", "show", "x-*.json"],
    ]
    assert without(["pytest", "--a", "5%", "-q", "tests"], {"--a"}) == ["pytest", "-q", "tests"]
