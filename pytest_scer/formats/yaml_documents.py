"""Read and write YAML with PyYAML, which the extra ``manifest`` installs.

People complete the manifest by hand, so it is block-style YAML with comments rather than JSON.
Files that people edit need a real parser, so one well-maintained library does both.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

try:
    import yaml
except ImportError:
    raise ValueError(
        "YAML needs PyYAML: install it with `pip install 'pytest-scer[manifest]'`"
    ) from None


class _Dumper(yaml.SafeDumper):
    """Writes numbers without an exponent, and indents lists below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_float(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    # YAML 1.1 parsers read `1e-05` as a string, and the Hugging Face hub reads it as 1.
    digits = f"{Decimal(repr(value)):f}"
    return dumper.represent_scalar(
        "tag:yaml.org,2002:float", digits if "." in digits else f"{digits}.0"
    )


_Dumper.add_representer(float, _represent_float)


def dump_document(document: Any) -> str:
    """Return one document as YAML, in the order of its keys."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def load_documents(path: Path) -> list[Any]:
    """Read the documents of a YAML (or JSON) file.

    Raises:
        ValueError: The file cannot be read or is not YAML; the message names it.
    """
    try:
        documents: Iterable[Any] = yaml.safe_load_all(path.read_text(encoding="utf-8"))
        return [document for document in documents if document is not None]
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not YAML: {error}") from None
