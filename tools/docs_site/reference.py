"""The reference: a page for each part of the package, with all public names of that part.

Sphinx takes what it says of a name from its docstring. A name that is added to
`rnnviz_widget.__all__` is listed without further ado.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections import defaultdict
from pathlib import Path

from sphinx.pycode import ModuleAnalyzer

import rnnviz_widget as rv

# By the part of the package in which a name is defined: file, title, and what it is about.
PARTS = {
    "widget": ("api-widget", "The widget", "Showing models on a text, and saving what is shown."),
    "models": ("api-models", "Models and targets", "What is shown, and which output is explained."),
    "reading": ("api-connectivity", "Connectivity", "The numbers, without a widget."),
    "evaluation": (
        "api-evaluation",
        "Evaluation",
        "Numbers over many texts, and whether they hold.",
    ),
    "inside": ("api-inside", "Inside a model", "States, routes and interventions."),
    "units": ("api-units", "Units that you design", "Whether a unit of your own can learn."),
    "watching": ("api-watching", "Watching training", "What changes while a model is trained."),
    "stories": ("api-stories", "Stories", "Prose beside a widget, step by step."),
    "": ("api-modules", "Modules", "Modules that are used by their own names."),
}


def part_of(name: str) -> str:
    """The part of the package that a public name belongs to."""
    found = getattr(rv, name)
    if inspect.ismodule(found):
        return name if name in PARTS else ""
    return type_or_self(found).__module__.split(".")[1]


def type_or_self(found: object) -> type:
    """What says where a public name is defined: of a constant, its type."""
    return found if inspect.isclass(found) or inspect.isfunction(found) else type(found)


def is_constant(module: object, name: str) -> bool:
    """Whether a name of a module is a value, not a class or a function."""
    found = getattr(module, name)
    return not (inspect.isclass(found) or inspect.isroutine(found))


def said_of(constant: str) -> str:
    """What the package says below a constant, in one line."""
    for name in [one for one in sys.modules if one.startswith("rnnviz_widget.")]:
        found = ModuleAnalyzer.for_module(name).find_attr_docs().get(("", constant))
        if found:
            return " ".join(found).strip()
    raise ValueError(f"{constant} is public: say below its definition what it is")


def constant(module: str, name: str, words: str) -> str:
    """The directive that documents a constant by these words."""
    return f".. py:data:: {name}\n   :module: {module}\n\n{textwrap.indent(words, '   ')}\n"


def directive(name: str) -> str:
    """The directive that documents a public name."""
    found = getattr(rv, name)
    full = f"rnnviz_widget.{name}"
    if inspect.ismodule(found):
        # What a module has from elsewhere is its own only where it says so.
        imported = "   :imported-members:\n" if hasattr(found, "__all__") else ""
        elsewhere = ", ".join(one for one in rv.__all__ if hasattr(found, one))
        exclude = f"   :exclude-members: {elsewhere}\n" if elsewhere else ""
        # For Sphinx a constant that comes from another module is no member.
        constants = [one for one in getattr(found, "__all__", ()) if is_constant(found, one)]
        return "\n".join(
            [
                f".. automodule:: {full}\n   :members:\n{imported}{exclude}",
                *(constant(full, one, said_of(one)) for one in constants),
            ]
        )
    if inspect.isclass(found):
        return f".. autoclass:: {full}\n   :members:\n"
    if inspect.isfunction(found):
        return f".. autofunction:: {full}\n"
    return constant("rnnviz_widget", name, inspect.getdoc(type(found)) or said_of(name))


def write(pages: Path) -> None:
    """Write the pages of the reference into a folder."""
    names = defaultdict(list)
    for name in rv.__all__:
        names[part_of(name)].append(name)
    unknown = names.keys() - PARTS.keys()
    if unknown:
        raise ValueError(f"give these parts of the package a page in PARTS: {sorted(unknown)}")
    for part, (file, title, about) in PARTS.items():
        # Functions first: they are where a reader begins.
        listed = sorted(names[part], key=lambda name: (inspect.isclass(getattr(rv, name)), name))
        blocks = "\n".join(map(directive, listed))
        text = f"# {title}\n\n{about}\n\n```{{eval-rst}}\n{blocks}```\n"
        (pages / f"{file}.md").write_text(text, encoding="utf-8")
