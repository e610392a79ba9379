"""Links in the pages lead somewhere."""

import links
import pytest


@pytest.mark.parametrize("page", links.pages(), ids=lambda page: str(page.relative_to(links.ROOT)))
def test_links_within_the_repository_lead_somewhere(page):
    assert list(links.broken(page)) == []


def test_all_pages_are_looked_at():
    found = [link for page in links.pages() for link in links.links(page)]
    assert "docs/images/quickstart-dark.png" in found
    assert "https://distill.pub/2019/memorization-in-rnns/" in found


def test_what_leads_nowhere_is_found(tmp_path):
    (tmp_path / "other.md").write_text("# What it `says`, here\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md) [b](other.md#what-it-says-here) [c](#top) [d](https://nowhere.invalid)\n"
        '[e](gone.md) [f](other.md#gone) <img src="gone.png"> `[g](code.md)`\n# Top\n',
        encoding="utf-8",
    )
    assert list(links.broken(page)) == ["gone.md", "other.md#gone", "gone.png"]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("```\n[in](in.md)\n```\n", ["out.md"]),
        ("````md\n```\n[in](in.md)\n```\n[in](in.md)\n````\n", ["out.md"]),
        ("~~~\n```\n[in](in.md)\n~~~\n", ["out.md"]),
        ("- a list\n\n  ```\n  [in](in.md)\n  ```\n", ["out.md"]),
        ("```\n[in](in.md)\n`````\n", ["out.md"]),
        ("````\n[in](in.md)\n```\n", []),
        ("``[in](in.md) ` [in](in.md)`` ", ["out.md"]),
        ("```[in](in.md)``` ", ["out.md"]),
        ("one ` alone, ", ["out.md"]),
    ],
)
def test_code_has_no_links(tmp_path, code, found):
    page = tmp_path / "page.md"
    page.write_text(f"{code}[out](out.md)\n", encoding="utf-8")
    assert list(links.links(page)) == found
