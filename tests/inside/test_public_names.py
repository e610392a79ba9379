"""`rv.inside`: what stands there, under which names, and what importing it brings with it."""

import inspect
import subprocess
import sys

import pytest

import rnnviz_widget as rv

# Why none of these has to be installed: they are looked for when they are needed.
OPTIONAL = {"matplotlib", "pandas", "sklearn", "umap"}


@pytest.mark.parametrize("name", rv.inside.__all__)
def test_a_public_name_is_a_thing_of_its_own_with_a_docstring(name):
    """Python gives a package the names of its modules, `state_map` among them."""
    found = getattr(rv.inside, name)
    assert not inspect.ismodule(found)
    if callable(found):
        assert found.__name__ == name
        assert len(inspect.getdoc(found)) > 20


def test_the_docstring_names_every_function():
    functions = {name for name in rv.inside.__all__ if inspect.isfunction(getattr(rv.inside, name))}
    assert [name for name in functions if f"`{name}`" not in rv.inside.__doc__] == []


def test_a_function_that_stands_in_rv_too_is_the_same():
    both = set(rv.__all__) & set(rv.inside.__all__)
    assert {"InterventionEffect", "Lens", "Route", "intervention_effect", "lens", "route"} == both
    assert all(getattr(rv, name) is getattr(rv.inside, name) for name in both)


def test_a_module_imported_later_does_not_take_the_place_of_a_function():
    code = (
        "import rnnviz_widget as rv, rnnviz_widget.inside.state_map\n"
        "print(callable(rv.inside.state_map), rv.inside.state_map.__name__)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True", "state_map"]


def test_no_optional_package_is_imported_before_it_is_needed():
    code = f"import sys, rnnviz_widget\nprint(*({OPTIONAL!r} & sys.modules.keys()))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
