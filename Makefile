# The first of these that is new enough; or name one: make test PYTHON=/path/to/python
PYTHON ?= $(shell for name in python3.11 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
LABEL_STUDIO_VENV := .venv-label-studio
# PyTorch's CPU build where there is no NVIDIA GPU: PyPI's brings gigabytes of CUDA libraries. Where this index is out of
# reach, pip takes what the ones that are configured have.
TORCH := $(shell sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)
TORCH_INDEX ?= $(shell test "$$(uname -s)" = Linux && test ! -e /proc/driver/nvidia && \
	echo https://download.pytorch.org/whl/cpu)
LOCKED := --requirement docker/requirements.txt --requirement docker/requirements-demo.txt
CODE := backend tests docs docker

# A process for each core.
TEST_CODE := OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto --durations 10 tests/unit tests/laws backend/mraru

.PHONY: help demo test test-fast test-lowest test-other-label-studios check audit format docs site lock screenshots clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-28s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo  ## a real Label Studio with the backend at work, until Ctrl-C
	$(BIN)/mraru demo --label-studio-venv $(LABEL_STUDIO_VENV) $(DEMO_FLAGS)

test: $(VENV)/.installed  ## every test, with a real Label Studio in $(LABEL_STUDIO_VENV)
	$(TEST_CODE) $(PYTEST_FLAGS)
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadfile --durations 10 \
		tests/integration tests/e2e $(PYTEST_FLAGS)

test-other-label-studios: $(VENV)/.installed  ## the oldest one and one between; each is installed, a gigabyte
	MRARU_TEST_OTHER_LABEL_STUDIOS=1 OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadgroup --durations 0 \
		tests/e2e/test_other_label_studios.py $(PYTEST_FLAGS)

test-fast: $(VENV)/.installed  ## nine of ten tests in a few minutes: without Label Studio, browser and what is slow
	$(TEST_CODE) -m 'not slow' $(PYTEST_FLAGS)

test-lowest: $(VENV)-lowest/.installed  ## test-fast with the lowest versions that pyproject.toml allows
	OMP_NUM_THREADS=1 $(VENV)-lowest/bin/pytest --numprocesses auto -m 'not slow' tests/unit tests/laws $(PYTEST_FLAGS)

check: $(VENV)/.installed  ## lint, types, direction of imports, code that nothing calls, known weaknesses
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml backend

audit: $(VENV)/.installed  ## known vulnerabilities of what is installed, where their database is in reach
	$(BIN)/python .ci/audit.py

format: $(VENV)/.installed  ## what ruff formats and mends by itself
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

docs: $(VENV)/.installed  ## docs/reference of settings, commands and HTTP, from the code itself
	$(BIN)/python docs/reference_pages.py

site: $(VENV)/.installed  ## the documentation as a site in build/site; a dead link or anchor fails
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lock: $(VENV)/.installed  ## the newest versions that are allowed, for the image and the demo: docker/requirements.txt
	$(BIN)/python docker/lock.py

screenshots: $(VENV)/.installed  ## take docs/images anew: needs chromium
	$(BIN)/python docs/screenshots.py --label-studio-venv $(LABEL_STUDIO_VENV)

$(VENV)/.demo: pyproject.toml docker/requirements.txt
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or later is needed: install it, or name it: make PYTHON=...' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --no-deps --retries 1 --timeout 15 \
		$(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) '$(TORCH)'
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes $(LOCKED) || \
		echo 'What docker/requirements.txt locks cannot be had here: taking the versions that pip finds instead.' >&2
	$(BIN)/python -m pip install --quiet --editable '.[demo]'
	touch $@

$(VENV)/.installed: $(VENV)/.demo
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

# uv finds the versions, pip installs them as it is configured; PyTorch and its CUDA libraries as above.
$(VENV)-lowest/.installed: $(VENV)/.installed pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo 'The lowest versions have no builds' \
		'for this Python: name a Python 3.11, as in make test-lowest PYTHON=python3.11' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)-lowest
	$(BIN)/uv pip compile --quiet --resolution lowest-direct --python-version 3.11 --no-header --no-annotate \
		--extra test --extra docs pyproject.toml | grep -vE '^(torch|triton|cuda-|nvidia-)' > $(VENV)-lowest/lowest.txt
	$(VENV)-lowest/bin/python -m pip install --quiet --no-deps --retries 1 --timeout 15 \
		$(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) '$(TORCH)'
	$(VENV)-lowest/bin/python -m pip install --quiet --requirement $(VENV)-lowest/lowest.txt
	$(VENV)-lowest/bin/python -m pip install --quiet --no-deps --editable .
	touch $@

clean:  ## remove the environments, the demo's data and caches
	rm -rf $(VENV) $(VENV)-lowest $(LABEL_STUDIO_VENV) $(LABEL_STUDIO_VENV)-* mraru-demo build .mypy_cache .ruff_cache .pytest_cache
