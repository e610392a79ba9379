"""The bundled models in a page of their own: the kernel's numbers, and what a reader does there."""

import pytest
from browser.live_page import TEXT, errors_of, live_page
from playwright.sync_api import expect

import rnnviz_widget as rv
from rnnviz_widget.share.live import as_sent

pytestmark = pytest.mark.browser

NAMES = ("gru", "lstm", "nested-lstm", "rnn")
OTHER = " another text that no kernel has read"


def opened(visit, tmp_path, models, **options):
    file = tmp_path / "live.html"
    file.write_text(live_page(models, **options), encoding="utf-8")
    page, guard = visit(file.as_uri())
    page.goto(file.as_uri())
    page.locator(".rnnviz-explorer[data-ready]").wait_for()
    return page, guard


@pytest.mark.parametrize("precision", ["int8", "half"])
@pytest.mark.parametrize("name", NAMES)
def test_the_page_gives_the_kernels_numbers(visit, tmp_path, name, precision):
    model = rv.load_pretrained(name)
    page, _ = opened(visit, tmp_path, {name: model}, precision=precision)
    logits, scores = errors_of(page, model, precision, step=13)
    assert logits < 1e-3
    assert scores < 0.01


def test_a_saved_page_reads_what_is_typed(visit, tmp_path):
    """As users save it, under the page's own policy: the editor is in a script of its own."""
    model = rv.load_pretrained("gru-small")
    path = tmp_path / "saved.html"
    widget = rv.explore({"GRU": model}, TEXT)
    widget.save_html(path, live=True)
    widget.close()
    page, _ = visit(path.as_uri())
    page.goto(path.as_uri())
    field = page.get_by_label("Type another text")
    expect(field).to_have_value(TEXT)
    field.fill(OTHER)
    last = len(OTHER) - 1
    shown = page.locator(f'.rnnviz-explorer[data-shown="{last}"]')
    best = rv.connectivity(as_sent(model), OTHER).predictions[last][0][0]
    expect(shown.locator(".rnnviz-chip-name").first).to_have_text(best)
    assert (
        page.locator(".rnnviz-field").evaluate("el => getComputedStyle(el).borderRadius") == "6px"
    )


@pytest.mark.parametrize(
    ("wasm", "worker"), [(True, True), (False, True), (True, False), (False, False)]
)
def test_a_typed_text_is_read_under_any_policy(visit, tmp_path, wasm, worker):
    models = {"GRU": rv.load_pretrained("gru-small"), "early": rv.load_pretrained("gru-small-5")}
    page, guard = opened(visit, tmp_path, models, wasm=wasm, worker=worker)
    if not worker:
        guard.allow("Creating a worker from 'blob:|Failed to construct 'Worker'")
    if not wasm:
        guard.allow("WebAssembly|wasm-unsafe-eval")
    last = len(OTHER) - 1
    page.get_by_label("Type another text").fill(OTHER)
    shown = page.locator(f'.rnnviz-explorer[data-shown="{last}"]')
    expect(shown.locator(".rnnviz-facet").first.locator(f'[data-p="{last}"]')).to_have_text("d")
    for number, model in enumerate(models.values()):
        best = rv.connectivity(as_sent(model), OTHER).predictions[last][0][0]
        facet = shown.locator(".rnnviz-facet").nth(number)
        expect(facet.locator(".rnnviz-chip-name").first).to_have_text(best)
    shown.locator('.rnnviz-facet >> nth=0 >> [data-p="12"]').hover()
    expect(page.locator('.rnnviz-explorer[data-shown="12"]')).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(f'[data-p="{len(TEXT) - 1}"]').first).to_be_visible()
