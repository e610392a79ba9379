"""A notebook open in JupyterLab: cells to run, a kernel to ask, themes to set."""

import json
import time

from browser.picture import Picture
from playwright.sync_api import Error

PATIENCE = 60_000
MARK = "answer:"

READY = """async () => {
    const panel = jupyterapp.shell.currentWidget;
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
}"""
ADD = """(source) => {
    const { content } = jupyterapp.shell.currentWidget;
    const shared = content.model.sharedModel;
    const index = shared.cells.length;
    const cell = { cell_type: "code", source, metadata: { trusted: true } };
    shared.insertCell(index, cell);
    content.activeCellIndex = index;
    return index;
}"""
RUN = """async (index) => {
    const { content } = jupyterapp.shell.currentWidget;
    content.deselectAll();
    content.activeCellIndex = index;
    window.busy = true;
    window.running = jupyterapp.commands.execute("notebook:run-cell").finally(() => {
        window.busy = false;
    });
}"""
ADVANCE = """async () => {
    await jupyterapp.commands.execute("notebook:run-cell-and-select-next");
}"""
ERRORS = """() => Array.from(jupyterapp.shell.currentWidget.content.model.cells)
    .flatMap((cell) => (cell.type === "code" ? cell.outputs.toJSON() : []))
    .filter((output) => output.output_type === "error")
    .map((output) => `${output.ename}: ${output.evalue}`)"""
ASK = """async (code) => {
    const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
    const future = kernel.requestExecute({ code, store_history: false, silent: false });
    let text = "";
    let error = null;
    future.onIOPub = ({ header, content }) => {
        if (header.msg_type === "stream") text += content.text;
        if (header.msg_type === "error") error = `${content.ename}: ${content.evalue}`;
    };
    await future.done;
    if (error !== null) throw new Error(error);
    return text;
}"""
CELLS = """() => {
    const { content } = jupyterapp.shell.currentWidget;
    const cells = content.model.sharedModel.cells.map((cell) => [cell.cell_type, cell.source]);
    return { cells, active: content.activeCellIndex };
}"""
CLEAR = """() => {
    const shared = jupyterapp.shell.currentWidget.content.model.sharedModel;
    shared.deleteCellRange(0, shared.cells.length);
}"""


class Notebook:
    """A notebook in its page. What is run is a cell of it; what is asked is not."""

    def __init__(self, page, lab, path):
        self.page = page
        self.lab = lab
        page.goto(lab.address(path))
        self.await_kernel()

    def await_kernel(self):
        self.page.wait_for_function(
            "() => window.jupyterapp?.shell?.currentWidget?.sessionContext", timeout=PATIENCE
        )
        self.page.evaluate(READY)

    def add(self, source):
        """Append a cell; returns its index."""
        return self.page.evaluate(ADD, source)

    def start(self, cell):
        """Set a cell going, by its index or its source, and don't wait for it."""
        index = self.add(cell) if isinstance(cell, str) else cell
        self.page.evaluate(RUN, index)
        return index

    def finish(self):
        """Wait for the cell that was started last."""
        self.page.evaluate("() => window.running")
        errors = self.page.evaluate(ERRORS)
        assert not errors, errors

    def run(self, cell):
        """Run a cell, by its index or its source; returns its index."""
        index = self.start(cell)
        self.finish()
        return index

    def run_and_advance(self):
        """Run the active cell and go on to the next, as Shift+Enter does; JupyterLab scrolls."""
        self.page.evaluate(ADVANCE)
        errors = self.page.evaluate(ERRORS)
        assert not errors, errors

    def run_all(self):
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
        errors = self.page.evaluate(ERRORS)
        assert not errors, errors

    def reveal(self, picture):
        """Scroll a picture into view; JupyterLab draws cells far from the view late or never."""
        picture.root.scroll_into_view_if_needed()

    def show(self, source, shown=None):
        """Run a cell that shows a widget; returns the picture when it is painted."""
        picture = self.picture(cell=self.run(source))
        picture.await_ready()
        if shown is not None:
            picture.await_shown(shown)
        return picture

    @property
    def cells(self):
        """Types and sources of all cells, and which is active."""
        return self.page.evaluate(CELLS)

    def save(self):
        self.page.evaluate("() => jupyterapp.shell.currentWidget.context.save()")

    def picture(self, cell=None, nth=0):
        """The nth picture in a cell, or in the whole notebook."""
        inside = self.page if cell is None else self.page.locator(".jp-Cell").nth(cell)
        return Picture(inside.locator(".rnnviz-explorer").nth(nth))

    def ask(self, expression):
        """What an expression is in the kernel, by way of JSON."""
        said = self.tell(f"import json\nprint({MARK!r} + json.dumps({expression}))")
        return json.loads(said.split(MARK, 1)[1])

    def await_value(self, expression, value):
        """Wait until an expression has a value in the kernel.

        What the page sends may take another way than what is asked, and come in later. Until
        then the expression may also raise, as where an item is not there yet.
        """
        end = time.monotonic() + PATIENCE / 1000
        while (found := self._value_or_error(expression)) != value and time.monotonic() < end:
            self.page.wait_for_timeout(50)
        assert found == value, f"{expression}: {found}"

    def _value_or_error(self, expression):
        try:
            return self.ask(expression)
        except Error as error:
            return error

    def tell(self, code):
        """Execute code in the kernel, outside all cells; returns what it printed."""
        return self.page.evaluate(ASK, code)

    def clear(self):
        """Close all widgets and remove all cells."""
        self.tell("import ipywidgets\nipywidgets.Widget.close_all()")
        self.page.evaluate(CLEAR)
        self.page.mouse.move(0, 0)

    def let_go(self, name):
        """Put a file beside the notebook: the cell that waits for it ends."""
        (self.lab.root / name).touch()

    @property
    def busy(self):
        """Whether the cell that was started last is still running."""
        return self.page.evaluate("() => window.busy")

    def restart(self):
        self.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
        self.await_kernel()

    def comms_over_subshells(self, mode):
        """JupyterLab's setting of that name: "disabled", "perCommTarget" (its own) or "perComm"."""
        self.page.evaluate(
            "(mode) => { jupyterapp.serviceManager.kernels.commsOverSubshells = mode; }", mode
        )

    def theme(self, name):
        """Set JupyterLab's theme: "Light" or "Dark"."""
        self.page.evaluate(
            "(theme) => jupyterapp.commands.execute('apputils:change-theme', { theme })",
            f"JupyterLab {name}",
        )
        light = "true" if name == "Light" else "false"
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")
