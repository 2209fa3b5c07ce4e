"""How Sphinx builds the site from these pages, which stay plain Markdown for GitHub."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sphinx.addnodes import pending_xref
from sphinx.highlighting import lexer_classes

from pytest_scer import __version__

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

DOCS: Final = Path(__file__).resolve().parent

project = "pytest-scer"
author = "The pytest-scer developers"
project_copyright = author
release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
# Names of this package must be documented. Those of other packages are not linked: that would take
# their inventories, and the network at each build.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!pytest_scer\b).*"),
    ("py:mod", r".*"),  # internal modules
    ("py:class", r"pytest_scer\..*\b_?[A-Z]"),  # type variables
]

# Links to headings as GitHub makes them.
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
maximum_signature_line_length = 90
python_display_short_literal_types = True

html_theme = "furo"
html_title = f"pytest-scer {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False

NAVIGATION: Final = {
    "Tutorial": r"tutorial",
    "How-to guides": r"how-to/.*",
    "Reference": r"reference/.*",
    "Explanation": r"explanation/.*",
    "Project": r"example-suite|changelog|contributing",
}
"""The headings of the sidebar, and which pages stand below each."""

OUTSIDE: Final = {
    DOCS.parent / "README.md": "index",
    DOCS.parent / "example_suite" / "README.md": "example-suite",
    DOCS.parent / "CHANGELOG.md": "changelog",
    DOCS.parent / "CONTRIBUTING.md": "contributing",
}
"""Files outside this folder, and the page that stands for each on the site."""

_TITLED_FENCE: Final = re.compile(r'^```(\w+) title="([^"]+)".*\n', re.MULTILINE)
_ATTRIBUTE: Final = re.compile(
    r"(?P<name>\.\. attribute:: \w+\n)(?P<text>(?: *\n|   .*\n)*?)   :type: (?P<type>.*)\n"
)
_LINKED_PAGE: Final = re.compile(r"\]\(([\w/-]+)\.(?:md|rst)\)")


def adapt_source(app: Sphinx, docname: str, source: list[str]) -> None:
    """Add to a page what GitHub would show as code: captions of code blocks, and the navigation.

    Args:
        app: The Sphinx application.
        docname: The name of the page.
        source: The text of the page, as the only element.
    """
    source[0] = _TITLED_FENCE.sub(r"```{code-block} \1\n:caption: \2\n\n", source[0])
    if docname == "index":
        # In the order of the index's own lists.
        pages = dict.fromkeys([*_LINKED_PAGE.findall(source[0]), *sorted(app.env.found_docs)])
        for caption, pattern in NAVIGATION.items():
            entries = "\n".join(page for page in pages if re.fullmatch(pattern, page))
            source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{entries}\n```\n"


def resolve_links(app: Sphinx, doctree: nodes.document) -> None:
    """Resolve the links from and to the files outside this folder.

    Args:
        app: The Sphinx application.
        doctree: The page.
    """
    files = {page: file for file, page in OUTSIDE.items() if page != "index"}
    folder = files.get(app.env.docname, DOCS / app.env.docname).parent
    for link in list(doctree.findall(pending_xref)):
        if link["reftype"] != "myst":
            continue
        target, _, anchor = link["reftarget"].partition("#")
        if link["refdomain"] == "doc" and Path(target).is_absolute():
            path = Path(f"{target}.md")
        elif link["refdomain"] is None and target:
            path = (folder / target).resolve()
        else:
            continue
        page = OUTSIDE.get(path) or app.env.path2doc(path)
        if page in app.env.found_docs:
            link["refdomain"], link["reftarget"] = "doc", page
            link["reftargetid"] = link.get("reftargetid") or anchor
        elif path.exists():  # a file or folder of the repository that has no page
            link.replace_self(link.children)


def correct_napoleon(_app: Sphinx, what: str, _name: str, *args: Any) -> None:
    """Correct what napoleon makes of attributes and properties.

    It puts the type of an attribute below the text instead of behind the name. And it takes what
    precedes the first colon in the docstring of a property for a type.

    Args:
        what: The kind of the object.
        args: The object, the options, and the lines of the docstring as napoleon made them.
    """
    lines = args[-1]
    if what in {"attribute", "data", "property"}:
        for at, line in enumerate(lines):
            if line.startswith(":type: "):
                lines[at] = ""
                lines[0] = f"{line.removeprefix(':type: ')}: {lines[0]}"

    def with_type(match: re.Match[str]) -> str:
        short = re.sub(r"(?:\w+\.)+\w+", r"~\g<0>", match["type"])
        return f"{match['name']}   :type: {short}\n{match['text']}"

    lines[:] = _ATTRIBUTE.sub(with_type, "\n".join(lines)).split("\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register what is above.

    Args:
        app: The Sphinx application.
    """
    lexer_classes["csv"] = lexer_classes["none"]  # Pygments has none
    app.connect("source-read", adapt_source)
    app.connect("doctree-read", resolve_links)
    app.connect("autodoc-process-docstring", correct_napoleon, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
