"""Generate the reference pages of options, hooks, findings, accuracy and sources from the code.

``python docs/generate_reference.py`` writes them; a test checks that they are up to date.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from pytest_scer import hookspecs
from pytest_scer.config.options import OPTIONS, Option
from pytest_scer.findings.applying import RULES
from pytest_scer.findings.ranking import TRIVIAL_SHARE
from pytest_scer.findings.rule import EACH_J, FLOOR_J
from pytest_scer.formats import sources
from pytest_scer.formats.accuracy import SCOPE_IN_WORDS, interval
from pytest_scer.formats.manifest.afterwards import OPTIONS as AFTERWARDS
from pytest_scer.formats.manifest.answers import ANSWERS, REMARKS
from pytest_scer.meters.accuracy import SCOPE, YEARLY_GRID
from pytest_scer.sources.accuracy import ACTIVE, BASES
from pytest_scer.sources.entry import Entry, Interval
from pytest_scer.sources.listing import entries

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

A plugin or a `conftest.py` can implement these hooks. For examples, see
[How to simulate a meter](../how-to/simulate.md) and
[Add your own findings](../how-to/own-findings.md).
"""

_FINDINGS: Final = f"""\
# Findings

A finding says what you should know about the figures of a report, or what you can do about them.
It has a `kind`, a `text` with its figure, the `nodeids` of the tests that it is about, a
`severity`, a `remedy` to copy, and its figure again as `value` and `unit`.

The JSON report has all findings. The terminal and the CI summaries show the five that matter most:
those about most energy first. Warnings that matter whatever the energy come before these, and hints
that no energy can be given for after them. Findings about less than {TRIVIAL_SHARE:.0%} of the
total are left out.

| severity | meaning |
| --- | --- |
| `warning` | a figure misleads, or a budget is not met or not checked |
| `hint` | something to gain |
| `info` | good to know; not shown among those that matter most |

Every rule holds on evidence in the report alone. Rules about the cost of tests look at
{FLOOR_J:g} J and more, or at {EACH_J:g} J for each of many tests whose cost adds up. Tests that do
nothing therefore have no findings, except for those about the machine and its configuration:
`location`, `unknown chip`, `constant share` and `boundary`.

Other plugins can [add rules](../how-to/own-findings.md). These are not rules, but come from the
session itself: `leftover` (child processes and busy threads that a test or fixture left running),
`stopped` (`--scer-stop`), `hosts` (merged reports), and those of a baseline.
"""

_ACCURACY: Final = """\
# How accurate the figures are

*Accuracy* is how far a figure may be from what a wattmeter on that component would show. It is not
the `±` of a figure, which is what a repeat on the same machine would show, and which decides
verdicts. Accuracy decides nothing: it is disclosed. The same bias is in every figure of a machine,
so tests compare better with each other than with the outside world.

Each meter in the JSON report has an `accuracy`, chosen by what it reads, the maker of the chip and
the model of the GPU: the lowest and the highest relative error, `(reported - true) / true`. So the
true figure lies between `reported / (1 + high)` and `reported / (1 + low)`. `totals.plausible_j`
adds these up over the components, because nothing is known of how their errors depend on each
other. It is `null` if the accuracy of a component is unknown, or if there is a GPU that cannot be
read. In a report of several hosts, the interval of a component holds those of all hosts.

Where figures are shown as text and a part of them is modelled or constant, they have two
significant digits.

The evidence is `compared` if the interval was computed from a comparison with a meter or with RAPL.
Otherwise it is `judgement`.

| basis | error | evidence | source |
| --- | --- | --- | --- |
"""

_BEYOND: Final = """
`force_cpu_power` is the power of the machine at full load. It takes the place of the TDP in the
same linear model, so it has the same accuracy. For GPUs of AMD, no figure is known, and `accuracy`
is `null`. For a simulated meter, it is `null` as well.

Not part of these intervals:

"""


_MANIFEST = """\
# The manifest and the label

<!-- Generated by docs/generate_reference.py: change it there. -->

`pytest-scer manifest REPORT -o sci.yaml`, or `--scer-output sci.yaml`, writes a YAML document for each score, with the keys of the Impact Manifest
Protocol 1.0. [Disclose a score](../how-to/sci-disclosure.md) shows how to use it.

Everything in a manifest is calculated from two things: its `record`, which holds what was measured, and free text. `integrity.sha256` is the SHA-256
of the record. The record also holds the SHA-256 of the JSON report that it comes from.

| key | what it holds |
| --- | --- |
| `name` | the name of the score; in an address, the fragment that leads to it |
| `tags`, `submission`, `boundary` | identity and scope: model, session, commit of the tests, hardware, what is left out and why |
| `functional_unit` | the unit, how it was counted, the number of units and runs |
| `calculation.score` | the score, its interval, its caveats, what it may be called (`claim`, `is_sci`) and what is missing for that |
| `calculation.energy` | energy by component with its source and accuracy, the share that is estimated, the energy of all runs, PUE and its source |
| `calculation.carbon_intensity` | value, place, approach, source and year |
| `calculation.embodied_emissions` | M by component and the source of its figures, or why it is missing |
| `methodology` | approach, assumptions, limitations, how far the figures may be off |
| `rating` | the letter, its scale, and the peers with their figures |
| `attestation` | who signs for it |
| `record` | what all of this is calculated from |

## What a score may be called

`is_sci` is true, and the score is called `SCI 1.1`, only if nothing is simulated or unmeasured, and these are stated: the place that the electricity
comes from, a location-based approach, source and year of the carbon intensity, the PUE with its source (or why there is none), and M with its
source. Otherwise the score is a `draft, incomplete:`, followed by what is missing. Terminal, JSON, manifest and label say the same.

## Free text

Only these places are yours to write. Until then they contain `TODO(person)`. Give them as options of `pytest-scer manifest`, or edit the file.

| place | what to write | option |
| --- | --- | --- |
"""

_STATED = """\

The commit of the tests, if known, is filled in as the version; replace it if the software has another one.

## What the session did not state

Options of `pytest-scer manifest` complete what the session did not state. The record lists them under `stated_afterwards`. To state them when you
measure, use `--scer-country`, `--scer-pue`, `--scer-embodied` and `--scer-source`: then the report, the terminal and the label have them, too.

| option | meaning |
| --- | --- |
"""

_CHECK = """\

## The check

`pytest-scer manifest --check MANIFEST` calculates the manifest again from its record and its free text, and compares every value:

* Every text, caveat, assumption and limitation must follow from the values. The rating must follow from the listed peers.
* The results of the arithmetic (score, energy, operational and embodied emissions) may be rounded by up to 1 %. All other values must be equal.
* Units, PUE (1 to 3), carbon intensity (above 0, below 2,000 g per kWh), years and dates must be possible. A location-based intensity needs a place.
* A placeholder such as `n/a` or `TBD` is no answer. Mark an open place with `TODO(person)`.
* The words certified, approved, conformant, endorsed and accredited are refused, here and wherever you can type a name. So are scales that borrow the
  name of SCER, SCI, ISO, AI Energy Score or the Green Software Foundation.

With `--report REPORT`, the manifest is also made again from the report, and compared. The hash in `integrity` shows that a record was edited, but
whoever makes up a record can calculate a whole manifest from it. Only the report, or another measurement, shows that.

| exit code | meaning |
| --- | --- |
| 0 | consistent; marked places may be left |
| 1 | inconsistent, or claims too much; with `--strict` also: something is missing |
| 4 | the file cannot be read, or is no manifest |

## The label

`pytest-scer label FILE` draws a label from a report or, with what it states in addition, from a manifest. It shows the score for a number of units
that people can read (scaled by 1,000s until the figure lies between 0.1 and 1000 g, where possible), its interval, the scale and the model's place
on it, what the score may be called, grid, PUE, M or `operational emissions only`, the share of the energy that is estimated, the date, and the first
12 digits of the SHA-256 of the manifest's record. With `--url`, each label has a QR code with the address of its score: `URL#NAME`.

`pytest-scer label LABEL.svg --check MANIFEST` draws the label again and compares everything: exit code 0 if it is the same, 1 if it differs, 4 if
a file cannot be read. A label that another version of pytest-scer drew differs, too.
"""

_SOURCES: Final = """\
# Sources

Every constant of the field that a figure depends on (watts, grams, intensities, errors, noise) with
its unit, its source, the year of the data and what you should know before you rely on it.
`pytest-scer sources` prints this list, `pytest-scer sources TEXT` the part of it that contains a
text, and `--format json` all fields for other tools.

*Check* says how the figure was checked, and when:

* `read`: the figure, or what it was judged from, was read in the source.
* `own`: this project measured, judged or chose it; the page named says how.
* `quoted`: it was read in another work, which is named, and not in the source itself.
* `not checked`: nobody read it in the source.

CodeCarbon supplies the tables and some constants. The figures here are those of CodeCarbon 3.3.2.
If another release has another world average, reports name the source that it states, without a
year.
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


def accuracy_page() -> str:
    """Return the page with the accuracy of each basis."""
    rows = (
        f"| {known.name} | {sources.value(known)} | {known.evidence} | {known.stated} |\n"
        for known in BASES
    )
    beyond = (
        f"* *Scope*: {SCOPE_IN_WORDS} ({SCOPE.source}).\n"
        f"* *Grid*: emissions by the yearly average of a grid differ from hourly accounting by "
        f"{interval(YEARLY_GRID)} ({YEARLY_GRID.source}).\n"
        "* *Active energy* (`--scer-idle`) is less accurate than any of these: sensors on the chip "
        f"were off by up to {ACTIVE.value:.0%} on average for dynamic energy "
        f"({ACTIVE.source.title}).\n"
    )
    return _ACCURACY + "".join(rows) + _BEYOND + beyond


def _source(entry: Entry) -> str:
    source = entry.source
    basis = f"{sources.evidence_of(entry)}. " if isinstance(entry, Interval) else ""
    through = f", as quoted in {source.read_in}" if source.read_in else ""
    cells = (
        entry.name,
        sources.value(entry),
        f"{basis}{source.title}, {source.at}{through}",
        str(source.year or "not stated"),
        f"{source.check} {source.retrieved or ''}".strip(),
        entry.caveat,
    )
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n"


def sources_page() -> str:
    """Return the page with every constant and its source."""
    page = _SOURCES
    for subject, of_subject in entries().items():
        page += f"\n## {subject.capitalize()}\n\n"
        page += "| constant | value | source | year | check | caveat |\n"
        page += "| --- | --- | --- | --- | --- | --- |\n"
        page += "".join(map(_source, of_subject))
    return page


def _finding(kind: str, module: str) -> Iterator[str]:
    yield f"\n## {kind}\n"
    values = vars(sys.modules[module])
    summary, *parts = inspect.cleandoc(values["__doc__"]).format_map(values).split("\n\n")
    yield f"\n{summary}\n\n"
    for part in parts:
        name, _, text = part.replace("\n", " ").partition(": ")
        yield f"* {name}: {text}\n"


def findings_page() -> str:
    """Return the page that describes every rule with its module's docstring."""
    sections = (part for kind, rule in RULES.items() for part in _finding(kind, rule.__module__))
    return _FINDINGS + "".join(sections)


def manifest_page() -> str:
    """Return the page about manifests, their free text and their check."""
    answers = (
        f"| `{answer.path}` | {answer.what} | {f'`{answer.option}`' if answer.option else 'none'} |\n"
        for answer in ANSWERS
    )
    stated = (f"| `--{name}` | {text} |\n" for name, (_, text) in AFTERWARDS.items())
    return (
        _MANIFEST
        + "".join(answers)
        + f"| `{REMARKS}` | a list of texts: whatever else you want to say | `--remark` |\n"
        + _STATED
        + "".join(stated)
        + _CHECK
    )


def pages() -> dict[Path, str]:
    """Return the text of each generated page."""
    return {
        REFERENCE / "options.md": options_page(),
        REFERENCE / "hooks.md": hooks_page(),
        REFERENCE / "accuracy.md": accuracy_page(),
        REFERENCE / "findings.md": findings_page(),
        REFERENCE / "manifest.md": manifest_page(),
        REFERENCE / "sources.md": sources_page(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
