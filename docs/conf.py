"""How Sphinx builds the documentation: sphinx-build -W --keep-going docs build/docs."""

import re

import mushin

project = "mushin"
author = "the authors of mushin"
version = release = mushin.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = "mushin"
html_show_copyright = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
# Included pages link to files of the repository, which are not pages here; a class may stand in two rooms.
suppress_warnings = ["myst.xref_missing", "ref.python"]

default_role = "code"
autodoc_default_options = {"members": True, "member-order": "alphabetical"}
autodoc_inherit_docstrings = False  # what a base says is said there
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_param = False  # one entry for arguments that share their text
napoleon_use_rtype = False
smartquotes = False  # three dots are three dots

# Paragraphs of a docstring that begin with one of these words get them in bold.
WORDS = re.compile(r"^(Source|Shapes|Note):(?= )")
# Docstrings are plain text with `code` in backticks. What reStructuredText would read as markup is a product, an
# absolute value, a name that ends in an underscore, or the like.
MARKUP = re.compile(r"(?<!\\)([*|\\]|(?<=\w)_(?!\w))")
SECTION = re.compile(r"^(Args|Raises|Returns|Yields|Attributes):$")


def escaped(line: str) -> str:
    """A line in which only what stands in backticks is markup."""
    parts = re.split(r"(`[^`]*`)", line)
    text = "".join(part if part.startswith("`") else MARKUP.sub(r"\\\1", part) for part in parts)
    return re.sub(r"(`[^`]*`)(?=\w)", r"\1\\ ", text)  # as in "`Module`s"


def tidy(app, what, name, thing, options, lines):
    """Turns a docstring of the house's format into what napoleon and reStructuredText read as it is meant."""
    tidied: list[str] = []
    in_section = False
    for line in lines:
        if SECTION.match(line):
            in_section = True
        elif line and not line.startswith(" "):
            in_section = False
        indented, before = line.startswith("    "), tidied[-1] if tidied else ""
        # A formula is an indented paragraph of its own.
        if not in_section and before and indented != before.startswith("    ") and line:
            tidied.append("")
        # Its lines stay lines.
        formula = indented and not in_section
        tidied.append("    | " + escaped(line.strip()) if formula else WORDS.sub(r"**\1:**", escaped(line)))
    lines[:] = tidied


def is_plumbing(app, what, name, thing, skip, options):
    """Leaves out what classes hold for their bases: an optimizer's kernel and segments, a loss' function."""
    return True if what == "class" and name in ("function", "kernel", "segments") else None


def setup(app):
    app.connect("autodoc-skip-member", is_plumbing)
    app.connect("autodoc-process-docstring", tidy, priority=400)  # before napoleon's 500
