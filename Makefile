# The first of these that is new enough; or name one: make test PYTHON=/path/to/python
PYTHON ?= $(shell for name in python3.11 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
LABEL_STUDIO_VENV := .venv-label-studio
CODE := backend tests docs

.PHONY: demo test check format docs screenshots clean

demo: $(VENV)/.installed  ## a real Label Studio with the backend at work, until Ctrl-C
	$(BIN)/mraru demo --label-studio-venv $(LABEL_STUDIO_VENV) $(DEMO_FLAGS)

test: $(VENV)/.installed  ## every test, with a real Label Studio in $(LABEL_STUDIO_VENV)
	$(BIN)/pytest $(PYTEST_FLAGS)

check: $(VENV)/.installed  ## lint, types, direction of imports, known weaknesses
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml backend

format: $(VENV)/.installed
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

docs: $(VENV)/.installed  ## regenerate docs/settings.md from the settings themselves
	$(BIN)/mraru settings > docs/settings.md

screenshots: $(VENV)/.installed  ## take docs/images anew: needs chromium
	$(BIN)/python docs/screenshots.py --label-studio-venv $(LABEL_STUDIO_VENV)

$(VENV)/.installed: pyproject.toml
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or later is needed: install it, or name it: make PYTHON=...' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) $(LABEL_STUDIO_VENV) mraru-demo build .mypy_cache .ruff_cache .pytest_cache
