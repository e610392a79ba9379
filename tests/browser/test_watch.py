"""A training in JupyterLab: curves and picture follow it, hover answers, a killed one goes on."""

import os
import re
import signal

import pytest
from browser.checks import check_colours
from browser.guard import JUPYTERLAB_LOST_A_KERNEL
from browser.notebook import PATIENCE
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

IMPORTS = "import ipywidgets, torch, toys\nimport rnnviz_widget as rv"
SHOW = """net = toys.module(torch.nn.LSTM, {seed})
optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
w = rv.watch(
    net, toys.TEXT, inputs=toys.SYMBOLS, name="LSTM", position=20, folder="{folder}",
    every=0.1, budget=0.2,
)
w"""
LOOP = "for _ in toys.work_until('{flag}'): w.step(toys.train(net, optimizer))"
MODEL = "rv.SequenceModel(net, toys.SYMBOLS)"
FACTS = re.compile(r"LSTM step ([\d,]+) · ([\d,]+) checkpoints")


@pytest.fixture
def mortal(notebook, pages):
    """The notebook, whose kernel may die; the next test finds one that lives."""
    pages.guard(notebook.page).allow(JUPYTERLAB_LOST_A_KERNEL)
    yield notebook
    notebook.tell(IMPORTS)


def training_in(notebook, cell):
    """The curves in a cell's output."""
    return notebook.page.locator(".jp-Cell").nth(cell).locator(".rnnviz-training")


def told(training):
    """The newest step and the number of checkpoints, as the curves say."""
    step, kept = FACTS.search(training.inner_text()).groups()
    return int(step.replace(",", "")), int(kept.replace(",", ""))


def await_epoch_after(picture, epoch):
    picture.page.wait_for_function(
        "([el, epoch]) => Number(el.dataset.epoch) > epoch",
        arg=[picture.root.element_handle(), epoch],
        timeout=PATIENCE,
    )


def test_curves_and_picture_follow_a_loop_and_hover_answers_meanwhile(notebook):
    cell = notebook.run(SHOW.format(seed=7, folder="followed"))
    picture, training = notebook.picture(cell), training_in(notebook, cell)
    picture.await_shown(20)
    expect(training).to_contain_text("the loop is not running")
    notebook.start(LOOP.format(flag="followed.flag"))
    for position in (30, 11, 40):
        await_epoch_after(picture, picture.epoch)
        picture.hover("LSTM", position)
    expect(training).to_contain_text("of the loop's time")
    step, kept = told(training)
    assert step > 0
    assert kept >= 3
    assert notebook.busy
    notebook.let_go("followed.flag")
    notebook.finish()
    assert notebook.ask("w.finish(60)")
    assert notebook.ask("w.notes") == []
    expect(training).to_contain_text("the loop is not running")
    assert told(training)[0] == notebook.ask("w.steps")
    picture.await_epoch(notebook.ask("w.explorer.get_state('_scene')['_scene']['epoch']"))
    picture.hover("LSTM", 25)
    row = notebook.ask(f"rv.connectivity({MODEL}, toys.TEXT).scores[25].tolist()")
    check_colours(picture, "LSTM", row, 25)


def test_the_pointer_and_the_keys_tell_the_numbers_of_a_checkpoint(notebook):
    cell = notebook.run(SHOW.format(seed=7, folder="pointed"))
    training = training_in(notebook, cell)
    notebook.run("for _ in range(50): w.step(toys.train(net, optimizer))\nw.finish()")
    expect(training).to_contain_text("Step 50: loss")
    plot = training.locator(".rnnviz-curve-plot").nth(1)
    plot.hover(position={"x": 1, "y": 20})
    expect(training).to_contain_text(re.compile("Step 0: .*reach"))
    notebook.page.mouse.move(0, 0)
    expect(training).to_contain_text("Step 50: loss")
    slider = training.get_by_role("slider")
    slider.press("Home")
    reach = notebook.ask("w.checkpoints[0].figures['reach']")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(f"Step 0: .*reach {reach:.3g} "))


def test_an_interrupted_cell_leaves_it_whole(notebook):
    cell = notebook.run(SHOW.format(seed=7, folder="interrupted"))
    training = training_in(notebook, cell)
    notebook.run("for _ in range(5): w.step(toys.train(net, optimizer))")
    source = (
        "try:\n    while True: w.step(toys.train(net, optimizer))\nexcept KeyboardInterrupt: pass"
    )
    notebook.start(source)
    await_epoch_after(notebook.picture(cell), notebook.picture(cell).epoch)
    notebook.page.evaluate("() => jupyterapp.commands.execute('notebook:interrupt-kernel')")
    notebook.finish()
    assert notebook.ask("w.finish(60)")
    assert notebook.ask("(w.notes, w.checkpoints[-1].step == w.steps)") == [[], True]
    expect(training).to_contain_text("the loop is not running")


def test_a_killed_kernels_training_goes_on(mortal):
    cell = mortal.run(SHOW.format(seed=7, folder="killed"))
    process = mortal.ask("__import__('os').getpid()")
    mortal.start(LOOP.format(flag="never.flag"))
    await_epoch_after(mortal.picture(cell), mortal.picture(cell).epoch + 1)
    os.kill(process, signal.SIGKILL)
    mortal.page.get_by_role("button", name="Ok").click()
    mortal.await_kernel()
    mortal.tell(IMPORTS)
    again = mortal.run(SHOW.format(seed=9, folder="killed"))
    training = training_in(mortal, again)
    picture = mortal.picture(again)
    picture.await_shown(20)
    step, kept = told(training)
    assert step > 0
    assert kept >= 3
    assert mortal.ask("w.notes") == []
    mortal.tell("net.load_state_dict(w.weights())")
    row = mortal.ask(f"rv.connectivity({MODEL}, toys.TEXT).scores[20].tolist()")
    check_colours(picture, "LSTM", row, 20)
    mortal.run("for _ in range(5): w.step(toys.train(net, optimizer))\nw.finish()")
    expect(training).to_contain_text(f"LSTM step {step + 5:,} ·")
