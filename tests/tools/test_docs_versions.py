"""The documentation of several versions in one folder."""

import json
import re
from pathlib import Path

import links
import pytest

TOOL = Path(__file__).parents[2] / "tools" / "docs_versions"
PAGE = "<html><head><title>{0}</title></head><body><article>{0}</article></body></html>"


@pytest.fixture
def publish(monkeypatch):
    """The tool's own module."""
    monkeypatch.syspath_prepend(TOOL)
    import publish

    return publish


@pytest.fixture
def put(publish, tmp_path):
    """Publishes a site with some pages as a version; returns the folder of versions."""

    def put(version, *names):
        site = tmp_path / f"built {version} {len(names)}"
        for name in ("index.html", *names):
            path = site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(PAGE.format(f"{name} of {version}"))
        (site / "figure.png").write_bytes(b"1")
        publish.publish(site, tmp_path / "all", version, title="the package")
        return tmp_path / "all"

    return put


def known(folder):
    """What the pages are told of the versions."""
    text = (folder / "versions.js").read_text()
    return json.loads(re.match(r"const KNOWN = (\{.*?\n\});", text, re.DOTALL)[1])


def test_versions_are_ordered_and_the_latest_is_a_release(put):
    for version in ("0.9.0", "0.10.0", "0.11.0rc1", "dev", "0.2.0"):
        folder = put(version)
    told = known(folder)
    assert told["versions"] == ["dev", "0.11.0rc1", "0.10.0", "0.9.0", "0.2.0"]
    assert told["latest"] == "0.10.0"
    listed = re.findall(
        r'<li><a href="(.*?)/index.html">.*?</a>(.*?)</li>', read(folder / "versions.html")
    )
    assert listed == [
        *(("dev", " (not released)"), ("0.11.0rc1", ""), ("0.10.0", " (latest)")),
        *(("0.9.0", ""), ("0.2.0", "")),
    ]


def test_before_the_first_release_what_is_not_released_is_the_latest(put):
    folder = put("dev", "reading.html")
    assert known(folder)["latest"] == "dev"
    assert "../dev/reading.html" in read(folder / "latest" / "reading.html")


def read(path):
    return path.read_text(encoding="utf-8")


def test_each_page_loads_the_choice_and_says_which_page_it_is(put):
    folder = put("0.1.0", "reading.html", "parts/one.html")
    for name, up in {"index.html": "../", "parts/one.html": "../../"}.items():
        page = read(folder / "0.1.0" / name)
        script = f'<script defer src="{up}versions.js" data-version="0.1.0" data-page="{name}">'
        assert page.count(script) == 1
        assert (folder / "0.1.0" / name).parent.joinpath(f"{up}versions.js").is_file()
    assert known(folder)["pages"] == {"0.1.0": ["index.html", "parts/one.html", "reading.html"]}


def test_a_page_that_the_widget_saved_stays_as_it_is(put, publish, tmp_path):
    site = tmp_path / "with a story"
    site.mkdir()
    saved = '<html><head><meta name="generator" content="rnnviz_widget"></head></html>'
    (site / "story.html").write_text(saved)
    (site / "index.html").write_text(PAGE.format("start"))
    publish.publish(site, tmp_path / "all", "0.1.0", title="the package")
    assert read(tmp_path / "all" / "0.1.0" / "story.html") == saved


def test_the_latest_pages_lead_to_those_of_the_newest_release(put):
    folder = put("0.1.0", "old.html", "parts/one.html")
    put("0.2.0", "parts/one.html")
    latest = folder / "latest"
    assert {p.relative_to(latest).as_posix() for p in latest.rglob("*.html")} == {
        "index.html",
        "parts/one.html",
    }
    for page in [folder / "index.html", *latest.rglob("*.html")]:
        (there,) = (link for link in links.links(page) if not link.startswith("#"))
        assert (page.parent / there).is_file()
        assert f'location.replace("{there}" + location.hash)' in read(page)
    assert read(latest / "parts" / "one.html").count("../../0.2.0/parts/one.html") == 3


def test_a_version_that_is_published_again_is_replaced_and_others_stay(put):
    folder = put("0.1.0", "gone.html")
    put("0.2.0")
    before = {p: p.read_bytes() for p in (folder / "0.2.0").rglob("*") if p.is_file()}
    put("0.1.0")
    assert not (folder / "0.1.0" / "gone.html").exists()
    assert known(folder)["pages"]["0.1.0"] == ["index.html"]
    assert {p: p.read_bytes() for p in (folder / "0.2.0").rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("version", ["latest", "v0.1.0", "../0.1.0", "0.1.0/", "", "0.01.0"])
def test_what_is_no_version_is_refused(put, tmp_path, version):
    with pytest.raises(ValueError, match="the version must be one as"):
        put(version)
    assert not (tmp_path / "all").exists()


def test_a_folder_without_a_site_is_refused(publish, tmp_path):
    with pytest.raises(ValueError, match="run make docs first"):
        publish.publish(tmp_path, tmp_path / "all", "0.1.0", title="the package")
