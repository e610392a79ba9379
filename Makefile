# The two commands: `make demo` and `make test`. Everything they install lands in .venv and js/node_modules.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
# JupyterLab refuses to run as root unasked, and asks about news unless a default of tools/jupyter says
# not to; a demo wants neither. The user's own settings stay as they are, and win.
LAB := JUPYTER_CONFIG_PATH="$(CURDIR)/tools/jupyter$(JUPYTER_CONFIG_PATH:%=:%)" $(BIN)/jupyter lab \
	$(if $(filter 0,$(shell id -u)),--allow-root)

# Dependency groups, which need pip 25.1 or newer: a new venv has the pip of its Python.
PIP := $(BIN)/python -m pip install --quiet -c constraints.txt
NPM := js/node_modules/.installed
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --durations=20

.PHONY: help demo test lint chromium test-python test-page test-browser test-portable test-slow links files js wire golden numbers notebooks dist try-wheel try-source docs docs-version

help:
	@echo "make demo       open JupyterLab on the quickstart (ARGS=--no-browser: only print its address)"
	@echo "make test       install what the tests need and run all of them; the parts of it:"
	@echo "make lint           ruff, mypy, tsc and biome"
	@echo "make test-python    the tests of the package"
	@echo "make test-browser   those that drive JupyterLab and other hosts in Chromium"
	@echo "make test-page      those of the page's code"
	@echo "make test-portable  the tests of numbers, as on processors with narrower instructions"
	@echo "make test-slow  the long fuzz and soak runs"
	@echo "make files      what each file of the package and the page is (ARGS=engines: of one room)"
	@echo "make links      the links in all Markdown pages (ARGS=--external: also those that leave the repository)"
	@echo "make numbers    every number and figure in the README and the cards (ARGS='--text8 PATH')"
	@echo "make notebooks  run the notebooks and keep their outputs, with pictures of widgets (ARGS=--check, --clear, '--pages DIR')"
	@echo "make js         rebuild the page code into rnnviz_widget/static"
	@echo "make wire       write the page's types and decoders, and the tables of docs/wire.md, from rnnviz_widget/scene"
	@echo "make docs       the documentation's site, in site/"
	@echo "make docs-version  that site beside those of other versions (ARGS='FOLDER --version dev')"
	@echo "make dist       the source distribution, the wheel and the recipe for conda, checked, in dist/"
	@echo "make try-wheel  that wheel where nothing else is installed (ARGS='--python python3.12 --constraint constraints.txt')"
	@echo "make try-source that source distribution: it must build the same page and the same wheel"

demo: $(VENV)/.demo
	$(LAB) --ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/quickstart.ipynb $(ARGS)

test: chromium lint
	$(PYTEST)
	cd js && npm test

lint: $(VENV)/.test $(NPM)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd js && npm run check

chromium:
	tools/chromium

test-python: $(VENV)/.test $(NPM)
	$(PYTEST) --ignore=tests/browser

test-browser: $(VENV)/.test $(NPM) chromium
	$(PYTEST) tests/browser

test-page: $(NPM) chromium
	cd js && npm test

test-portable: $(VENV)/.test
	$(BIN)/python tools/portable.py $(ARGS)

test-slow: $(VENV)/.test $(NPM)
	$(BIN)/python -m pytest -m slow

links:
	$(PYTHON) tools/links.py $(ARGS)

files:
	@$(PYTHON) tools/files.py $(ARGS)

js: $(NPM)
	cd js && npm run build

wire: $(VENV)/.test
	$(BIN)/python tools/wire

golden: $(VENV)/.test js/node_modules/.installed
	PYTHONPATH=tests $(BIN)/python tests/words_golden.py
	PYTHONPATH=tests $(BIN)/python tests/wire/golden.py
	PYTHONPATH=tests $(BIN)/python tests/picture/golden.py
	PYTHONPATH=tests $(BIN)/python tests/live/golden.py
	cd js && npx vitest run -u --project unit tests/unit/state/picture.test.ts

numbers: $(VENV)/.test
	$(BIN)/python tools/remeasure.py $(ARGS)

notebooks: $(VENV)/.test $(NPM) chromium
	$(BIN)/python tools/write_notebooks.py $(ARGS)

docs: $(VENV)/.test
	$(BIN)/python tools/docs_site $(ARGS)

docs-version: $(VENV)/.test
	$(BIN)/python tools/docs_versions $(ARGS)

dist: $(VENV)/.test
	rm -rf dist
	$(BIN)/python -m hatchling build -d dist
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/python tools/conda_recipe.py dist/*.tar.gz > dist/recipe.yaml

try-wheel:
	$(PYTHON) tools/try_wheel.py $(ARGS) dist/*.whl

try-source: $(VENV)/.test
	$(BIN)/python tools/try_source.py dist/*.tar.gz

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) 'pip>=25.1'
	$(PIP) --group demo -e '.[figures]'
	touch $@

$(VENV)/.test: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) 'pip>=25.1'
	$(PIP) --group test -e '.[all]'
	touch $@

$(NPM): js/package.json js/package-lock.json
	cd js && npm ci --no-audit --no-fund --loglevel=error
	touch $@
