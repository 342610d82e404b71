PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
LABEL_STUDIO_VENV := .venv-label-studio

.PHONY: demo test check format docs clean

demo: $(VENV)/.installed  ## a real Label Studio with the backend at work, until Ctrl-C
	$(BIN)/mraru demo --label-studio-venv $(LABEL_STUDIO_VENV) $(DEMO_FLAGS)

test: $(VENV)/.installed  ## every test, with a real Label Studio
	$(BIN)/pytest $(PYTEST_FLAGS)

check: $(VENV)/.installed  ## lint, types, direction of imports
	$(BIN)/ruff check backend tests
	$(BIN)/ruff format --check backend tests
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed
	$(BIN)/ruff format backend tests
	$(BIN)/ruff check --fix backend tests

docs: $(VENV)/.installed  ## regenerate docs/settings.md from the settings themselves
	$(BIN)/mraru settings > docs/settings.md

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) $(LABEL_STUDIO_VENV) mraru-demo .mypy_cache .ruff_cache .pytest_cache
