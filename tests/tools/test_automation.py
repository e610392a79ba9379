"""What runs unattended names what there is: workflows, hooks and pages against the Makefile."""

import re
import tomllib
from pathlib import Path

import yaml
from links import ROOT, pages

WORKFLOWS = ROOT / ".github" / "workflows"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE))


def parsed(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs():
    for path in WORKFLOWS.iterdir():
        for name, job in parsed(path)["jobs"].items():
            yield f"{path.stem}/{name}", job


def made(text):
    """The targets that a text has made; in Markdown those at the beginning of code."""
    return set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))


def test_workflows_run_targets_of_the_makefile():
    runs = {job: {s["run"] for s in what["steps"] if "run" in s} for job, what in jobs()}
    called = {job: set().union(*map(made, lines)) for job, lines in runs.items()}
    assert {job for job, targets in called.items() if not targets} == {"release/publish"}
    assert set().union(*called.values()) <= TARGETS
    tests = {name.split("/")[1]: made for name, made in called.items() if name.startswith("tests/")}
    assert tests == {
        "lint": {"lint"},
        "python": {"test-python"},
        "page": {"test-page"},
        "browser": {"test-browser"},
        "wheel": {"dist", "try-source", "try-wheel"},
        "links": {"links"},
    }


def test_workflows_use_pinned_actions_and_those_of_the_repository():
    steps = [step for _, job in jobs() for step in job["steps"]]
    steps += parsed(ROOT / ".github" / "actions" / "setup" / "action.yml")["runs"]["steps"]
    used = {step["uses"] for step in steps if "uses" in step}
    local = {name for name in used if name.startswith("./")}
    assert local == {"./.github/actions/setup"}
    # The one that publishes is used as its authors ask: by the branch that they keep secure.
    others = used - local - {"pypa/gh-action-pypi-publish@release/v1"}
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", name) for name in others)


def test_the_tested_versions_of_python_are_those_that_are_promised():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    by_name = dict(jobs())
    matrix = by_name["tests/python"]["strategy"]["matrix"]["python"]
    assert by_name["release/try"]["strategy"]["matrix"]["python"] == matrix
    label = "Programming Language :: Python :: "
    listed = [c.removeprefix(label) for c in project["classifiers"] if c.startswith(f"{label}3.")]
    assert matrix == listed
    assert project["requires-python"] == f">={matrix[0]}"


def test_a_release_is_published_after_it_was_tried_and_by_no_token():
    by_name = dict(jobs())
    assert by_name["release/publish"]["needs"] == "try"
    assert by_name["release/try"]["needs"] == "build"
    assert by_name["release/publish"]["permissions"]["id-token"] == "write"
    text = (WORKFLOWS / "release.yml").read_text(encoding="utf-8")
    assert "secrets." not in text


def test_hooks_need_no_network_and_run_what_there_is():
    config = parsed(ROOT / ".pre-commit-config.yaml")
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    hooks = config["repos"][0]["hooks"]
    assert {hook["language"] for hook in hooks} == {"system"}
    commands = [hook["entry"].split()[:3] for hook in hooks]
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)[1]
    for command in commands:
        if command[0] == "make":
            assert command[1] in TARGETS
        else:
            assert Path(command[0]).name in lint


def test_pages_name_targets_that_there_are():
    named = {(page.name, name) for page in pages() for name in made(page.read_text("utf-8"))}
    assert {name for _, name in named} >= {"demo", "test"}
    assert {(page, name) for page, name in named if name not in TARGETS} == set()


def test_forms_have_what_github_asks_of_them():
    forms = [p for p in (ROOT / ".github" / "ISSUE_TEMPLATE").iterdir() if p.stem != "config"]
    assert len(forms) >= 2
    for form in map(parsed, forms):
        assert {"name", "description", "body"} <= form.keys()
        fields = [field for field in form["body"] if field["type"] != "markdown"]
        assert all(field["attributes"]["label"] for field in fields)
        ids = [field["id"] for field in fields]
        assert len(set(ids)) == len(ids)
