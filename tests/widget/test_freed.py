"""What a closed widget lets go of: itself, the models, their copies and the user's modules."""

import gc
import os
import subprocess
import sys
import threading
import weakref

import pytest
import traitlets
from IPython.core.interactiveshell import InteractiveShell
from small import LETTERS, Written, recurrent
from widgets import await_fill, begin_fill, explorer_of, filled, page_of

import rnnviz_widget as rv

TEXT = "a text to be read"


def never_displayed(widget):
    del widget


def displayed(widget):
    widget._ipython_display_()


def displayed_without_a_comm(widget):
    widget.comm.close()
    widget.comm = None
    widget._ipython_display_()


def hovered_from_the_page(widget):
    widget._ipython_display_()
    page = page_of(widget)
    page.send(position=2)
    page.ask("strips", wanted=True)
    page.ask("classes", prefix="a")
    page.ask("preview", position=2, target=["b"])


def closed_while_it_fills(widget):
    begin_fill(widget)


def baked(widget):
    widget.bake()


def frozen(widget):
    widget._ipython_display_()
    widget.freeze()
    assert widget.comm is None


def changed(widget):
    begin_fill(widget)
    widget.target = "b"
    widget.measure = "squared"
    widget.text = "another text"
    widget.refresh()


def after_errors(widget):
    for name, value in (("text", "TEXT"), ("target", "no class"), ("measure", "no measure")):
        with pytest.raises(traitlets.TraitError):
            setattr(widget, name, value)
    page_of(widget).ask("text", text="!", position=0)
    with pytest.raises(ValueError, match="measure"):
        rv.connectivity(next(iter(widget.models.values())), TEXT, measure="no measure")


def saved(widget, path="page.html"):
    widget.save_html(path, live="Written" not in widget.models)
    widget.save("table.csv")
    widget.to_latex()


def told(widget):
    story = rv.story(widget)
    story.add("Here.")
    story.claim("probability", quantity=rv.stories.probability())
    widget.text = "another text"
    story.add("There.")
    story.shared()


WAYS = [
    never_displayed,
    displayed,
    displayed_without_a_comm,
    hovered_from_the_page,
    filled,
    closed_while_it_fills,
    baked,
    frozen,
    changed,
    after_errors,
    saved,
    told,
]


def living(refs):
    """Which of some objects are still there."""
    gc.collect()
    gc.collect()
    return [name for name, ref in refs.items() if ref() is not None]


def explored(make, use):
    """Show a model, use the widget and close it: what can be referred to weakly."""
    module = make()
    model = rv.SequenceModel(module, LETTERS, name=type(module).__name__)
    widget = rv.explore(model, TEXT)
    refs = {
        "widget": widget,
        "explorer": explorer_of(widget),
        "reading": explorer_of(widget).caches[0].reading,
        "model": model,
        "network": model.network,
        "private copy": model.network.module,
        "module": module,
    }
    use(widget)
    widget.close()
    await_fill(widget)
    return {name: weakref.ref(one) for name, one in refs.items()}


@pytest.fixture(autouse=True)
def _notebook(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    shell = InteractiveShell()
    monkeypatch.setattr("rnnviz_widget.widget.outputs.get_ipython", lambda: shell)


@pytest.mark.parametrize("make", [recurrent, Written], ids=["sweep", "autograd"])
@pytest.mark.parametrize("use", WAYS, ids=[way.__name__ for way in WAYS])
def test_a_closed_widget_is_freed_and_its_models_too(use, make):
    assert living(explored(make, use)) == []


@pytest.mark.parametrize("use", [never_displayed, displayed, filled, baked, frozen])
def test_a_closed_widget_of_ready_made_rows_is_freed(use):
    def ready():
        widget = rv.from_rows(("abc", [[1], [2, 3], [4, 5, 6]]))
        refs = {"widget": weakref.ref(widget), "rows": weakref.ref(explorer_of(widget).caches[0])}
        use(widget)
        widget.close()
        await_fill(widget)
        return refs

    assert living(ready()) == []


@pytest.mark.parametrize("measure", ["occlusion", "integrated_gradients", "smooth_grad"])
def test_methods_hold_nothing_back(measure):
    def use(widget):
        widget.measure = measure
        widget.bake()

    assert living(explored(recurrent, use)) == []


def test_who_keeps_a_closed_widget_keeps_no_model():
    module = recurrent()
    model = rv.SequenceModel(module, LETTERS)
    refs = {"copy": weakref.ref(model.network.module), "module": weakref.ref(module)}
    widget = rv.explore(model, TEXT)
    widget.bake()
    widget.close()
    del model, module
    assert living(refs) == []
    assert widget.models == {}
    with pytest.raises(RuntimeError, match="closed"):
        widget.refresh()


def test_only_who_develops_the_page_has_its_files_watched():
    code = (
        "from rnnviz_widget.widget import ExplorerWidget\n"
        "print(type(ExplorerWidget._esm).__name__, type(ExplorerWidget._css).__name__)"
    )

    def kinds(value):
        env = dict(os.environ, ANYWIDGET_HMR=value)
        done = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    assert kinds("0") == ["str", "str"]
    assert kinds("1") == ["FileContents", "FileContents"]


def test_widgets_that_are_made_and_closed_leave_no_thread():
    # Of earlier tests some may end meanwhile.
    before = set(threading.enumerate())
    for _ in range(30):
        widget = rv.explore(rv.SequenceModel(recurrent(), LETTERS), TEXT)
        begin_fill(widget)
        widget.close()
        await_fill(widget)
    assert set(threading.enumerate()) <= before
