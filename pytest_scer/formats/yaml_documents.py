"""Read and write YAML with PyYAML, which the extra ``manifest`` installs.

People complete the manifest by hand, so it is block-style YAML with comments rather than JSON.
Files that people edit need a real parser, so one well-maintained library does both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pytest_scer.core.json_text import brief
from pytest_scer.core.shown import visible
from pytest_scer.report.documents import MOST_BYTES_BY_HAND, BadFile, read_text

try:
    import yaml
except ImportError:
    raise ValueError(
        "YAML needs PyYAML: install it with `pip install 'pytest-scer[manifest]'`"
    ) from None


_BREAKS_OUT: Final = re.compile("[\r\n\x85\u2028\u2029]|(?:^|\\s)::")


class _Dumper(yaml.SafeDumper):
    """Writes numbers without an exponent, and indents lists below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Loader(yaml.SafeLoader):
    """Reads documents without aliases: a few of them can stand for billions of nodes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not read", problem_mark=mark)
        return super().compose_node(parent, index)


def _represent_float(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    # YAML 1.1 parsers read `1e-05` as a string, and the Hugging Face hub reads it as 1.
    digits = f"{Decimal(repr(value)):f}"
    return dumper.represent_scalar(
        "tag:yaml.org,2002:float", digits if "." in digits else f"{digits}.0"
    )


def _represent_str(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # In quotes, no line of a text that is folded begins with a command to a CI runner that reads
    # the output (see :mod:`pytest_scer.core.shown`), and line breaks are escapes.
    style = '"' if _BREAKS_OUT.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(float, _represent_float)
_Dumper.add_representer(str, _represent_str)


def dump_document(document: Any) -> str:
    """Return one document as YAML, in the order of its keys."""
    text = _dump(document, in_unicode=True)
    is_visible = all(line == visible(line) for line in text.split("\n"))
    return text if is_visible else _dump(document, in_unicode=False)


def _dump(document: Any, *, in_unicode: bool) -> str:
    text: str = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=in_unicode, width=100
    )
    return text


def load_documents(path: Path) -> list[Any]:
    """Read the documents of a YAML (or JSON) file.

    Raises:
        BadFile: The file cannot be read or is not YAML; the message names it.
    """
    text = read_text(path, MOST_BYTES_BY_HAND)
    try:
        documents: Iterable[Any] = yaml.load_all(text, _Loader)
        return [document for document in documents if document is not None]
    # ValueError is that of a date or an integer that Python does not have.
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise BadFile(f"{path}: not YAML: {brief(error)}") from None
