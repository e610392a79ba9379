"""The check in a real JupyterLab: drawn where the pointer rests, with the kernel's numbers."""

from playwright.sync_api import expect

TEXT = " the formal study of grammar is an important part of education from a young age"


def test_curves_come_where_the_pointer_rests(notebook):
    notebook.tell('import rnnviz_widget as rv\ngru = rv.load_pretrained("gru")')
    picture = notebook.show(f"w = rv.explore({{'GRU': gru}}, {TEXT!r}, position=9)\nw", 9)
    picture.await_filled()
    assert picture.root.locator(".rnnviz-check").count() == 0
    picture.hover("GRU", 40)
    picture.await_shown(40)
    picture.root.locator("[role=application]").first.press("k")
    figure = picture.root.locator(".rnnviz-check-figure:not([data-stale])")
    expect(figure.locator("polyline")).to_have_count(3)
    *sentences, drawn = notebook.ask("str(w.check(40))").split("\n")
    said = figure.locator("figcaption").inner_text().replace("\u00a0", " ")
    assert said == " ".join(sentences)
    assert drawn[:-1] in picture.root.locator(".rnnviz-check-how").inner_text()
    picture.hover("GRU", 52)
    picture.await_shown(52)
    expect(picture.root.locator(".rnnviz-check-figure[data-stale]")).to_have_count(0)
    expect(figure.locator("figcaption")).not_to_have_text(said)
    picture.root.locator("[role=application]").first.press("k")
    expect(picture.root.locator(".rnnviz-check-figure")).to_have_count(0)
