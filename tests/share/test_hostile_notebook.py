"""Notebooks of strangers as pages: nothing of theirs runs, nothing grows without bound."""

import base64
import json
import re
import zlib

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from share.hostile import (
    ELSEWHERE,
    TEXT,
    box,
    display,
    explored,
    hostile_cells,
    printed,
    saved_state,
    shows,
    write,
)

from rnnviz_widget import share
from rnnviz_widget.share import notebook
from rnnviz_widget.share.__main__ import main
from rnnviz_widget.share.notebook import notebook_page

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def saved():
    widget = explored(position=9)
    widget.bake()
    yield saved_state(widget)
    widget.close()


@pytest.fixture(scope="module")
def frozen():
    """What stands in a notebook after w.freeze()."""
    widget = explored(position=9)
    widget.bake()
    yield share.output(widget.shared())["text/html"]
    widget.close()


def widgets_in(html):
    found = re.findall(r'<script type="application/json">(.*?)</script>', html)
    return [json.loads(data) for data in found]


def policy_of(html):
    """The policy, which must be there before all that a notebook has a say in."""
    first = html[html.index("<head>") + len("<head>") :].lstrip()
    return re.match(r'<meta content="([^"]*)" http-equiv="Content-Security-Policy"/?>', first)[1]


def test_a_page_may_run_our_script_and_fetch_nothing(saved, tmp_path):
    html = notebook_page(write(tmp_path, [shows("w")], {"w": saved})).html
    directives = dict(part.strip().split(" ", 1) for part in policy_of(html).split(";"))
    assert directives["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/=]+'", directives["script-src"])
    assert directives["img-src"] == directives["media-src"] == directives["font-src"] == "data:"
    assert directives["base-uri"] == directives["form-action"] == "'none'"
    assert html.count(share.script()) == 1
    plain = notebook_page(write(tmp_path, [printed()])).html
    assert "script-src 'none'" in policy_of(plain)
    assert "<script" not in plain


def test_nothing_of_a_strangers_notebook_is_left_that_could_run_or_load(saved, tmp_path):
    page = notebook_page(write(tmp_path, hostile_cells(), {"w": saved}))
    body = page.html[page.html.index("<body") :].replace(share.script(), "")
    assert page.widgets == 1
    assert not re.findall(r'<script(?! type="application/json">)', body, re.IGNORECASE)
    assert not re.findall(r"<(?:meta|link|base|iframe|object|embed)\b", body, re.IGNORECASE)
    outside = re.sub(r'<script type="application/json">.*?</script>', "", body)
    assert not re.findall(r"<[^>]*\son\w+\s*=", outside)
    assert not re.findall(r"""<(?!a )[^>]*\s(?:src|srcset|poster|href)=(?!["']?data:)""", outside)
    assert "javascript:" not in outside
    # What a reader would miss is named, and what did no harm is there.
    assert f'href="{ELSEWHERE}/x.png"' in body
    assert "[a chart, not in this page: " in body
    assert "a cell of a table" in body
    assert "<em>said</em>" in body
    warned = " ".join(page.warnings)
    assert re.search(r"cell 1: left out \d+ frames?, .*scripts?, .*network.*--trust", warned)
    assert re.search(r"cell 2: left out .*scripts", warned)


@pytest.mark.parametrize("spelling", ["<META", "<Meta", "<meta/", "<\tmeta", "<meta\0"])
def test_what_sends_the_reader_elsewhere_is_no_markup_however_it_is_spelled(spelling, tmp_path):
    refresh = f'{spelling} http-equiv="refresh" content="0;url={ELSEWHERE}">'
    around = ["noscript", "svg><style", "textarea></textarea", "svg><title", "template", "!--"]
    holders = ["{}", *(f"<{one}>{{}}</{one}>" for one in around)]
    cells = [
        printed(*(display({"text/html": holder.format(refresh)}) for holder in holders)),
        new_markdown_cell("\n\n".join(holder.format(refresh) for holder in holders)),
    ]
    html = notebook_page(write(tmp_path, cells)).html
    assert "<meta" not in html[html.index("<body") :].lower()


def test_a_script_with_our_digest_is_not_asked_for(tmp_path):
    said = (
        f'<svg><style><script src="{ELSEWHERE}/s.js" integrity="sha256-x"></script></style></svg>'
    )
    html = notebook_page(write(tmp_path, [printed(display({"text/html": said}))])).html
    assert "<script" not in html


def test_with_trust_the_notebooks_own_scripts_stay_and_that_is_said(saved, tmp_path, capsys):
    path = write(tmp_path, hostile_cells(), {"w": saved})
    assert main([str(path), "--trust"]) == 0
    html = path.with_suffix(".html").read_text(encoding="utf-8")
    assert "Content-Security-Policy" not in html
    assert "window.hit=11" in html
    assert html.count(share.script()) == 1
    assert "--trust: all scripts of the notebook run in this page" in capsys.readouterr().err
    assert main([str(path)]) == 0
    assert "--trust keeps it" in capsys.readouterr().err


@pytest.mark.parametrize("trust", [False, True])
def test_pictures_of_the_folder_are_taken_along_and_no_other_file(tmp_path, trust):
    folder = tmp_path / "shared"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "a b.png").write_bytes(PIXEL)
    (folder / ".env").write_text("SECRET")
    (tmp_path / "id.png").write_text("SECRET")
    (tmp_path / "key").write_text("SECRET")
    (folder / "link.png").symlink_to(tmp_path / "key")
    sources = ["../id.png", "../key", f"{tmp_path}/id.png", "link.png", ".env", "none.png"]
    sources += [f"file://{tmp_path}/id.png", "pictures/../../id.png", "..%2Fid.png"]
    words = [f'![x]({source})\n\n<img src="{source}">' for source in sources]
    here = "![here](pictures/a%20b.png)"
    cells = [
        new_markdown_cell("\n\n".join([*words, here])),
        printed(display({"text/html": '<img src="pictures/a b.png"><img src="../id.png">'})),
    ]
    page = notebook_page(write(folder, cells), trust=trust)
    secret = base64.b64encode(b"SECRET").decode()
    assert secret not in page.html
    assert page.html.count(f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}") == 2
    if not trust:
        assert "cell 2: left out 1 file:" in " ".join(page.warnings)


def test_a_box_that_holds_itself_and_boxes_that_double(saved, tmp_path):
    doubling = {f"b{i}": box(f"b{i + 1}", f"b{i + 1}") for i in range(40)} | {"b40": box("w", "w")}
    around = {"a": box("b", "w"), "b": box("a", "b", "w")}
    chain = {f"c{i}": box(f"c{i + 1}") for i in range(20_000)} | {"c20000": box("w")}
    states = doubling | around | chain | {"w": saved}
    page = notebook_page(write(tmp_path, [shows("b0"), shows("a"), shows("c0")], states))
    assert page.widgets == 3
    assert page.warnings == []


def test_there_is_an_end_to_the_widgets_of_one_page(saved, tmp_path, monkeypatch):
    cells = [shows("w") for _ in range(notebook._MOST_WIDGETS + 2)]
    page = notebook_page(write(tmp_path, cells, {"w": saved}))
    assert page.widgets == notebook._MOST_WIDGETS
    assert len(page.warnings) == 2
    assert re.match(r"cell 201: the page has 200 widgets of [\d.]+ MB already", page.warnings[0])
    monkeypatch.setattr(notebook, "_LARGEST", 1)
    assert notebook_page(write(tmp_path, cells[:3], {"w": saved})).widgets == 1


@pytest.mark.parametrize(
    "states",
    [
        None,
        7,
        [],
        {"w": None},
        {"w": {"state": []}},
        {"w": {"state": {"children": 7}}},
        {"w": {"state": {"children": [7, None, "IPY_MODEL_", "IPY_MODEL_none"]}}},
        {"w": {"state": {"_anywidget_id": ["rnnviz_widget."]}}},
    ],
)
def test_a_state_that_is_none_is_passed_over(tmp_path, states):
    path = write(tmp_path, [shows("w")], states)
    page = notebook_page(path)
    assert page.widgets == 0
    assert len(page.warnings) == 1
    assert "beside it" in page.html


def with_rows(saved, data):
    """The state with other bytes in place of the first model's rows."""
    changed = json.loads(json.dumps(saved))
    for buffer in changed["buffers"]:
        if buffer["path"] == ["_rows", "facets", 0, "data"]:
            buffer["data"] = base64.b64encode(data).decode()
    return changed


@pytest.mark.parametrize(
    "data",
    [
        zlib.compress(bytes(50_000_000), 9),
        zlib.compress(bytes(10)),
        zlib.compress(bytes(len(TEXT) * (len(TEXT) + 1)))[:-9],
        b"no zlib at all",
        b"",
    ],
    ids=["bomb", "short", "cut off", "other", "empty"],
)
def test_rows_of_another_size_than_is_known_are_left_out_and_the_rest_goes_on(
    saved, frozen, tmp_path, data
):
    text = frozen.rpartition(share.script())[0]
    start, state, end = re.split(r'(?<=json">)(.*)(?=</script>)', text)
    changed = json.loads(state)
    changed["_rows"]["facets"][0]["data"] = {"b64": base64.b64encode(data).decode()}
    state = json.dumps(changed)
    cells = [shows("w"), new_code_cell("w", outputs=[display({"text/html": start + state + end})])]
    page = notebook_page(write(tmp_path, cells, {"w": with_rows(saved, data)}))
    assert page.widgets == 2
    assert re.match(r"cell 1: its saved rows are left out: .*", page.warnings[0])
    live, thawed = widgets_in(page.html)
    for one in (live, thawed):
        assert one["_rows"] == {}
        assert one["_status"]["state"] == "stopped"
        assert "damaged" in one["_status"]["message"]
        assert one["_scene"]["text"] == TEXT


def test_a_state_that_json_can_not_carry_costs_its_own_widget_only(saved, tmp_path):
    nan, half = json.loads(json.dumps(saved)), json.loads(json.dumps(saved))
    nan["state"]["sharpness"] = float("nan")
    half["state"]["_scene"]["facets"][0]["name"] = "G\ud800U"
    cells = [shows("nan"), shows("half"), new_markdown_cell("h\udfff"), shows("w")]
    page = notebook_page(write(tmp_path, cells, {"nan": nan, "half": half, "w": saved}))
    page.html.encode()
    assert page.widgets == 2
    assert page.warnings[0].endswith("NaN or infinite, which JSON can't hold")
    assert "halves of surrogate pairs" in page.warnings[-1]
    assert "h\ufffd" in page.html


def test_what_another_version_froze_stands_still(frozen, tmp_path):
    other = frozen.removesuffix(share.script()) + "<script>window.hit=1</script>"
    older = other.replace('"version":', '"version":1', 1)
    cells = [new_code_cell("w", outputs=[display({"text/html": html})]) for html in (other, older)]
    page = notebook_page(write(tmp_path, cells))
    assert page.widgets == 1  # It reads the state, and brings the code of this version.
    assert "window.hit" not in page.html
    assert "cell 2: the widget was saved by another version" in page.warnings[0]
    trusted = notebook_page(write(tmp_path, cells), trust=True)
    assert trusted.html.count("window.hit=1") == 2


@pytest.mark.parametrize(
    "content",
    [
        '{"nbformat":4,"nbformat_minor":5,"metadata":{"x":' + "[" * 100_000,
        '{"nbformat":4,"nbformat_minor":5,"metadata":{"x":'
        + "[" * 9000
        + "]" * 9000
        + '},"cells":[]}',
    ],
    ids=["open", "closed"],
)
def test_a_notebook_of_thousands_of_lists_in_each_other_is_refused(tmp_path, content, capsys):
    path = tmp_path / "n.ipynb"
    path.write_text(content)
    assert main([str(path)]) == 1
    assert re.search(r"nested too deeply|is no notebook", capsys.readouterr().err)
    assert [one.name for one in tmp_path.iterdir()] == ["n.ipynb"]


def test_a_cell_of_thousands_of_elements_in_each_other_ends_in_a_page_or_in_words(tmp_path, capsys):
    deep = "<div>" * 20_000 + "deep" + "> " * 2000
    path = write(tmp_path, [new_markdown_cell(deep), printed(display({"text/html": deep}))])
    if main([str(path)]):
        assert "nested too deeply" in capsys.readouterr().err
    else:
        assert "deep" in path.with_suffix(".html").read_text()
