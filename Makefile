# The two commands: `make demo` and `make test`. Everything they install lands in .venv and js/node_modules.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
# JupyterLab refuses to run as root unasked, and asks about news unless a default of tools/jupyter says
# not to; a demo wants neither. The user's own settings stay as they are, and win.
LAB := JUPYTER_CONFIG_PATH="$(CURDIR)/tools/jupyter$(JUPYTER_CONFIG_PATH:%=:%)" $(BIN)/jupyter lab \
	$(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: demo test test-portable test-slow lint js golden numbers help

help:
	@echo "make demo       open JupyterLab on the quickstart (ARGS=--no-browser: only print its address)"
	@echo "make test       install what the tests need and run all of them"
	@echo "make test-portable  the tests of numbers, as on processors with narrower instructions"
	@echo "make test-slow  the long fuzz and soak runs"
	@echo "make numbers    every number and figure in the README and the cards (ARGS='--text8 PATH')"
	@echo "make js         rebuild the page code into rnnviz_widget/static"

demo: $(VENV)/.demo
	$(LAB) --ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/quickstart.ipynb $(ARGS)

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile
	cd js && npm test

test-portable: $(VENV)/.test
	$(BIN)/python tools/portable.py $(ARGS)

test-slow: $(VENV)/.test js/node_modules/.installed
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/.test js/node_modules/.installed
	tools/chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd js && npm run check

js: js/node_modules/.installed
	cd js && npm run build

golden: $(VENV)/.test js/node_modules/.installed
	PYTHONPATH=tests $(BIN)/python tests/wire/golden.py
	PYTHONPATH=tests $(BIN)/python tests/picture/golden.py
	PYTHONPATH=tests $(BIN)/python tests/live/golden.py
	cd js && npx vitest run -u --project unit tests/unit/state/picture.test.ts

numbers: $(VENV)/.test
	$(BIN)/python tools/remeasure.py $(ARGS)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[demo]'
	touch $@

$(VENV)/.test: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[demo,test]'
	touch $@

js/node_modules/.installed: js/package.json js/package-lock.json
	cd js && npm ci --no-audit --no-fund --loglevel=error
	touch $@
