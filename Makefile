# `make demo` and `make test` do all the set-up themselves: a virtual environment with hash-locked packages.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := .venv-tools
TOOLS_READY := $(TOOLS)/.ready

.PHONY: demo test check bench accuracy soak lock wheel clean
.DEFAULT_GOAL := help

.PHONY: help
help:
	@echo "make demo    harvest the bundled replica on loopback and show it"
	@echo "make test    run the tests"
	@echo "make check   format, lint, types, layers"
	@echo "make bench   the benchmarks, each a ratio against a named baseline"
	@echo "make accuracy how the reader fares, layout by layout; writes docs/accuracy.md"
	@echo "make soak    the long seeded runs"
	@echo "make lock    lock the requirements anew"

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "gxcrawl needs Python 3.11 or newer; name one with make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "This Python cannot make a virtual environment. On Debian type: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

# Programs of others that the tests hold exports against; never imported.
$(TOOLS_READY): requirements/tools.txt
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@touch $(TOOLS_READY)

.PHONY: tools
tools: $(TOOLS_READY)

demo: $(READY)
	@$(BIN)/gxcrawl demo

test: $(READY) $(TOOLS_READY)
	@$(BIN)/python -m pytest -n auto --dist loadfile

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) requirements/bench.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

accuracy: $(READY)
	@$(BIN)/python -m tests.accuracy

soak: $(READY) $(TOOLS_READY)
	@$(BIN)/python -m pytest -n auto -m soak
	@GXCRAWL_TEST_STORE=postgresql $(BIN)/python -m pytest -n auto --dist loadfile

wheel: $(READY)
	$(BIN)/python -m hatchling build --target wheel

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra postgresql -o requirements/runtime.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra postgresql --extra ocr --group dev -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra postgresql --extra ocr --group dev --group bench -o requirements/bench.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group tools -o requirements/tools.txt

clean:
	rm -rf $(VENV) $(TOOLS) build dist demo
