"""Several versions of the documentation in one folder, opened from disk with the network off."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

TOOL = Path(__file__).parents[2] / "tools" / "docs_versions"
# As the theme lays out a page.
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{0}</title></head>
<body><aside><form class="sidebar-search-container"></form></aside>
<article><h1 id="top">{0}</h1><p><a href="index.html">start</a></p></article></body></html>"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three versions; the oldest lacks a page."""
    monkeypatch.syspath_prepend(TOOL)
    from publish import publish

    names = {
        "0.1.0": ["index.html"],
        "0.2.0": ["index.html", "parts/one.html"],
        "dev": ["index.html", "parts/one.html"],
    }
    for version, pages in names.items():
        for page in pages:
            path = tmp_path / f"site {version}" / page
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(PAGE.format(f"{page} of {version}"))
        publish(tmp_path / f"site {version}", tmp_path / "all", version, title="the package")
    return tmp_path / "all"


@pytest.fixture
def page(visit, folder):
    page, _ = visit(f"{folder.as_uri()}/")
    return page


def test_a_reader_chooses_the_same_page_of_another_version(page, folder):
    page.goto(f"{folder.as_uri()}/dev/parts/one.html")
    choice = page.get_by_label("version")
    expect(choice).to_have_value("dev")
    assert choice.locator("option").all_inner_texts() == ["dev", "0.2.0 (latest)", "0.1.0"]
    choice.select_option("0.2.0")
    expect(page.get_by_role("heading")).to_have_text("parts/one.html of 0.2.0")
    expect(page.get_by_role("note")).to_have_count(0)
    page.get_by_label("version").select_option("0.1.0")
    # It has no such page.
    expect(page.get_by_role("heading")).to_have_text("index.html of 0.1.0")
    page.go_back()
    expect(page.get_by_role("heading")).to_have_text("parts/one.html of 0.2.0")
    expect(page.get_by_label("version")).to_have_value("0.2.0")


def test_a_page_of_another_version_says_so_and_leads_to_the_latest(page, folder):
    page.goto(f"{folder.as_uri()}/dev/parts/one.html")
    note = page.get_by_role("note")
    expect(note).to_contain_text("This page is about what is not released yet.")
    note.get_by_role("link", name="that of 0.2.0").click()
    expect(page.get_by_role("heading")).to_have_text("parts/one.html of 0.2.0")
    page.goto(f"{folder.as_uri()}/0.1.0/index.html")
    expect(page.get_by_role("note")).to_contain_text("This page is about version 0.1.0.")


def test_lasting_links_lead_to_the_latest_release(page, folder):
    page.goto(f"{folder.as_uri()}/latest/parts/one.html#top")
    expect(page.get_by_role("heading")).to_have_text("parts/one.html of 0.2.0")
    assert page.url == f"{folder.as_uri()}/0.2.0/parts/one.html#top"
    page.goto(f"{folder.as_uri()}/index.html")
    expect(page.get_by_role("heading")).to_have_text("index.html of 0.2.0")
    page.goto(f"{folder.as_uri()}/versions.html")
    page.get_by_role("link", name="0.1.0").click()
    expect(page.get_by_role("heading")).to_have_text("index.html of 0.1.0")
