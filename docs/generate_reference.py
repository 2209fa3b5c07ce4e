"""Generate the reference pages of options and hooks from the code.

``python docs/generate_reference.py`` writes them; a test checks that they are up to date.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from pytest_scer import hookspecs
from pytest_scer.config.options import OPTIONS, Option

REFERENCE: Final = Path(__file__).parent / "reference"

_OPTIONS: Final = """\
# Options and configuration keys

You can set an option in several places. The first of these that sets it counts:

1. the marker
2. the command line
3. a `scer_*` key in the configuration file that pytest reads
4. CodeCarbon's own configuration (`.codecarbon.config`, `CODECARBON_*`), for place, PUE, WUE and
   tracking mode
5. the default

A bad value stops the run before the first test, with exit code 4 and a message that names the
option, or the key and its file.

`--scer-report`, `--scer-output`, `--scer-baseline`, `--scer-save-baseline`, and a budget on the
command line or in the configuration measure every test. Without any of these, only tests with a
`scer` marker or the `carbon` fixture are measured. If there are no such tests, nothing is measured.

| option | key (type) | default | meaning |
| --- | --- | --- | --- |
"""

_HOOKS: Final = """\
# Hooks

A plugin or a `conftest.py` can implement these hooks. For an example, see
[How to simulate a meter](../how-to/simulate.md).
"""


def _row(option: Option) -> str:
    flag = f"`{option.flag}{f' {option.metavar}' if option.metavar else ''}`" if option.cli else ""
    key = f"`{option.key}` ({option.ini_type})" if option.ini else ""
    meaning = option.help + ("; may be given several times" if option.many and option.cli else "")
    cells = (cell.replace("|", r"\|") for cell in (flag, key, option.default, meaning))
    return "| " + " | ".join(cells) + " |\n"


def options_page() -> str:
    """Return the page with the table of all options."""
    return _OPTIONS + "".join(map(_row, OPTIONS))


def _hook(name: str, hook: Callable[..., Any]) -> Iterator[str]:
    yield f"\n## {name}\n\n"
    yield f"`{name}{inspect.signature(hook)}`\n\n".replace("'", "")
    text, _, arguments = (inspect.getdoc(hook) or "").partition("\n\nArgs:\n")
    yield text + "\n"
    for argument, meaning in re.findall(r"^ +(\w+): (.*)$", arguments, re.MULTILINE):
        yield f"\n* `{argument}`: {meaning}"
    yield "\n"


def hooks_page() -> str:
    """Return the page that describes every hook with its docstring."""
    hooks = inspect.getmembers(hookspecs, inspect.isfunction)
    return _HOOKS + "".join(part for name, hook in hooks for part in _hook(name, hook))


def pages() -> dict[Path, str]:
    """Return the text of each generated page."""
    return {REFERENCE / "options.md": options_page(), REFERENCE / "hooks.md": hooks_page()}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
