"""How often noise alone gives two models of the same code different letters.

    python benchmarks/verdicts/letters.py --output letters.jsonl

Each session measures six models that are the same function, once each, and once more with
``repeats="auto"``. Two different bare letters in one category are a false distinction; a range, as
in ``A-B``, is none.

Each session is written at once, as one JSON object per line. To continue, call it again with the
same arguments. The last lines are a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

KINDS = ("single", "auto")
SUITE = """
import pytest

def work():
    return sum(number * number % 7 for number in range(1_500_000))

@pytest.mark.parametrize("name", "abcdef")
@pytest.mark.parametrize("kind", {kinds})
def test_model(carbon, kind, name):
    if kind == "auto":
        carbon(work)
    else:
        work()
    carbon.count(inferences=1)
"""
CONFTEST = """
import pytest

def pytest_collection_modifyitems(items):
    for item in items:
        kind, name = item.callspec.params["kind"], item.callspec.params["name"]
        repeats = {"repeats": "auto"} if kind == "auto" else {}
        item.add_marker(
            pytest.mark.scer(model=name, category=kind, phase="inference", **repeats)
        )
"""


def session(directory: Path) -> dict[str, list[str | None]]:
    """Run the suite in a separate process; return the letters of each kind.

    Args:
        directory: Of the suite.
    """
    output = directory / "report.json"
    output.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "pytest_scer.plugin", f"--scer-output={output}", str(directory)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    ratings: list[dict[str, Any]] = json.loads(output.read_text())["ratings"]
    return {
        kind: [each["rating"]["letter"] for each in ratings if each["category"] == kind]
        for kind in KINDS
    }


def run(arguments: argparse.Namespace) -> list[dict[str, list[str | None]]]:
    """Run the sessions that are not on file yet; return the rows of all."""
    file: Path = arguments.output
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "test_letters.py").write_text(SUITE.format(kinds=KINDS))
        (directory / "conftest.py").write_text(CONFTEST)
        while len(rows) < arguments.sessions:
            rows.append(session(directory))
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(rows[-1]) + "\n")
            print(f"{len(rows)} of {arguments.sessions} sessions", flush=True)
    return rows


def summary(rows: list[dict[str, list[str | None]]]) -> str:
    """A Markdown table of the letters."""
    lines = [
        "| six equal models | sessions | with different bare letters | letters |",
        "| --- | --- | --- | --- |",
    ]
    for kind in KINDS:
        different = sum(
            len({letter for letter in row[kind] if letter and len(letter) == 1}) > 1 for row in rows
        )
        counted = Counter(letter or "unrated" for row in rows for letter in row[kind])
        said = ", ".join(f"{count} {letter}" for letter, count in counted.most_common())
        lines.append(f"| {kind} | {len(rows)} | {different} | {said} |")
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, and print the letters of all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--output", type=Path, default=Path("letters.jsonl"))
    print(summary(run(parser.parse_args())))


if __name__ == "__main__":
    main()
