"""The page that is written: whole, strict, one copy of the code; text is never markup."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import LETTERS, recurrent
from trouble import without_rights

import rnnviz_widget as rv
from rnnviz_widget import share
from rnnviz_widget.scene.arrays import (
    split_names,
)
from rnnviz_widget.share import live
from rnnviz_widget.share.modules import carried, module_code

TEXT = "a text that two models read"


class Elements(HTMLParser):
    """Names of elements, and the text of each kind of script."""

    def __init__(self, html):
        super().__init__()
        self.names, self.scripts, self.attributes, self._inside = [], [], [], ""
        self.texts = {"title": "", "h1": ""}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.names.append(tag)
        self._inside = tag
        self.attributes += [(tag, *pair) for pair in attributes]

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside in self.texts:
            self.texts[self._inside] += data


def widget_of(text=TEXT, name="GRU", **options):
    unknown = rv.SequenceModel(recurrent("gru"), LETTERS, unknown="a")
    return rv.explore({name: unknown}, text, **options)


def digest_of(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@pytest.fixture(scope="module")
def widget():
    widget = widget_of(position=9)
    yield widget
    widget.close()


def test_a_page_is_one_file_that_may_run_its_own_script_only(widget, tmp_path):
    path = tmp_path / "page.html"
    widget.save_html(path)
    html = path.read_text(encoding="utf-8")
    page = Elements(html)
    [policy] = [
        value for _, name, value in page.attributes if name == "content" and "default-src" in value
    ]
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digest_of(share.code())}'; "
        "style-src 'unsafe-inline'; img-src data:"
    )
    assert page.scripts[-1] == share.code()
    assert page.names.count("script") == 2
    assert not [a for a in page.attributes if a[1] in ("src", "srcset", "onload", "onclick")]
    assert [a[2] for a in page.attributes if a[1] == "href"] == ["data:,"]
    assert ("meta", "name", "viewport") in page.attributes


def test_several_widgets_share_one_copy_of_the_code(widget, tmp_path):
    other = widget_of("another text", position=3)
    path = tmp_path / "page.html"
    rv.save_html(path, [widget, other], title="Two & <b>more</b>")
    html = path.read_text(encoding="utf-8")
    assert html.count('class="rnnviz-page"') == 2
    assert html.count(share.code()) == 1
    assert "<h1>Two &amp; &lt;b&gt;more&lt;/b&gt;</h1>" in html
    assert "<title>Two &amp; &lt;b&gt;more&lt;/b&gt;</title>" in html
    other.close()


@pytest.mark.parametrize(
    ("theme", "schemes"), [("auto", "light dark"), ("light", "only light"), ("dark", "dark")]
)
def test_a_page_declares_the_colour_schemes_that_it_is_drawn_in(widget, tmp_path, theme, schemes):
    path = tmp_path / "page.html"
    widget.save(path, theme=theme)
    html = path.read_text(encoding="utf-8")
    assert f'<meta name="color-scheme" content="{schemes}">' in html
    assert widget.shared(theme=theme).standing in html
    rv.save_html(path, [widget])
    assert (html == path.read_text(encoding="utf-8")) == (theme == "auto")


@pytest.mark.parametrize("theme", ["Dark", "", None, ["dark"]])
def test_a_theme_that_there_is_not_is_refused(widget, tmp_path, theme):
    words = re.escape(f"theme must be one of 'auto', 'light', 'dark'; got {theme!r}")
    with pytest.raises(ValueError, match=words):
        widget.save_html(tmp_path / "page.html", theme=theme)
    assert not list(tmp_path.iterdir())


def test_nothing_is_half_written(widget, tmp_path):
    with pytest.raises(OSError, match=r"could not write .*no folder.*make the folder"):
        widget.save_html(tmp_path / "no folder" / "page.html")
    path = tmp_path / "page.html"
    path.write_text("what was there")
    with pytest.raises(OSError, match="could not write"):
        widget.save_html(tmp_path)
    assert path.read_text() == "what was there"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize(
    ("widgets", "error"), [([], ValueError), ([7], TypeError), ("w", TypeError)]
)
def test_what_is_no_widget_is_refused(tmp_path, widgets, error):
    with pytest.raises(
        error, match=r"at least one|expected an explorer widget|expected a path and"
    ):
        rv.save_html(tmp_path / "page.html", widgets)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_may_not_be_written_is_named(widget, tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    with without_rights(folder), pytest.raises(OSError, match=r"could not write .*closed"):
        widget.save_html(folder / "page.html")


HOSTILE = st.one_of(
    st.text(min_size=1, max_size=12),
    st.sampled_from(
        [
            "</script><script>alert(1)</script>",
            "<!--",
            "<img src=x onerror=alert(1)>",
            "{{x}}",
            "\0",
        ]
    ),
)


def check_text_stays_text(text, name, title, class_name):
    model = rv.SequenceModel(
        recurrent("gru", symbols=2, classes=2), ["a", "b"], [class_name, "b"], unknown="a"
    )
    widget = rv.explore({name: model}, text, target=class_name)
    shared = widget.shared()
    html = share.document([shared], title=title)
    plain = Elements(share.document([share.Shared(shared.state, "", "")], title="x"))
    page = Elements(html)
    # The picture's own elements and no other.
    assert set(page.names) - set(plain.names) <= {"div", "span", "b", "pre"}
    assert page.names.count("script") == 2
    assert page.scripts[-1] == share.code()
    # Every character comes back, but for what HTML can't hold outside of the data.
    scene = json.loads(page.scripts[0])["_scene"]
    assert scene["text"] == text
    assert scene["facets"][0]["name"] == name
    assert class_name in split_names(scene["facets"][0]["classes"])
    held = re.sub(r"\r\n?", "\n", title).replace("\0", "\ufffd")
    assert re.sub(r"\r\n?", "\n", page.texts["h1"]).replace("\0", "\ufffd") == held
    assert not [a for a in page.attributes if a[1].startswith("on") or a[1] in ("src", "srcdoc")]
    assert [a[2] for a in page.attributes if a[1] == "href"] == ["data:,"]
    widget.close()


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE.filter(lambda name: name != "b"))
def test_text_names_and_titles_stay_text(text, name, title, class_name):
    check_text_stays_text(text, name, title, class_name)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE.filter(lambda name: name != "b"))
def test_text_names_and_titles_stay_text_in_thousands(text, name, title, class_name):
    check_text_stays_text(text, name, title, class_name)


def test_a_live_page_may_run_webassembly_and_its_own_worker_besides(widget, tmp_path, capsys):
    path = tmp_path / "page.html"
    widget.save_html(path, live=True)
    html = path.read_text(encoding="utf-8")
    page = Elements(html)
    [policy] = [v for _, name, v in page.attributes if name == "content" and "default-src" in v]
    _, *modules, code = page.scripts
    hashes = " ".join(f"'sha256-{digest_of(text)}'" for text in (*modules, code))
    assert policy == (
        f"default-src 'none'; script-src {hashes} 'wasm-unsafe-eval'; "
        "style-src 'unsafe-inline'; img-src data:; worker-src blob:"
    )
    assert code == share.code(live=True)
    names = sorted(carried([], live=True))
    assert modules == [f'(self.rnnvizModules??={{}})["{n}"]={module_code(n)}' for n in names]
    assert '"_live":[{"version":1,"name":"GRU"' in html
    assert re.search(r"page\.html: [\d.]+ MB; weights: GRU [\d.]+ MB\n$", capsys.readouterr().out)


def test_a_model_that_cannot_go_along_is_named_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "LIVE_LIMIT", 1000)
    widget = rv.explore({"large": rv.SequenceModel(recurrent("gru"), LETTERS)}, "abc")
    with pytest.raises(ValueError, match=r"weights of 'large' take .* MB.* save without live=True"):
        widget.save_html(tmp_path / "page.html", live=True)
    assert not list(tmp_path.iterdir())
    widget.close()
