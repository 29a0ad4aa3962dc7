# The two commands of the README are `make demo` and `make test`; each installs what it needs.
PY := .venv/bin/python
PACKAGES := core geodesy forms validation wire localdb exchange sync services cli province diaba
SHELL := bash

.PHONY: demo run test lint types unit soak bench bundle docs pictures clean

demo: ## install, then run the main job end to end on the shipped sample
	@scripts/setup.sh run
	@.venv/bin/diaba demo

run: ## open the window
	@scripts/setup.sh run
	@.venv/bin/diaba

test: ## install, then everything CI runs: lint, types, layers, tests
	@scripts/setup.sh run test
	@$(MAKE) --no-print-directory lint types unit

lint:
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	.venv/bin/lint-imports

types:
	$(PY) -m mypy $(addprefix -p ,$(PACKAGES))

unit:
	$(PY) -m pytest -m "not slow"

soak: ## the long loops: kills, faults, random walks
	@scripts/setup.sh run test
	$(PY) -m pytest -m slow

bench: ## measure the budgets of docs/architecture.md beside the tools that are installed
	@scripts/setup.sh run test
	$(PY) -m benchmarks

bundle: ## build the one-folder program under dist/ and try it from a path with blanks and diacritics
	@scripts/setup.sh run bundle
	@scripts/bundle.sh

docs: ## write the generated pages anew
	$(PY) scripts/make_docs_records.py
	$(PY) scripts/make_docs_rules.py
	$(PY) scripts/make_docs_cli.py
	$(PY) scripts/make_docs_formats.py
	$(PY) scripts/make_docs_figures.py
	$(PY) scripts/make_docs_openapi.py

pictures: ## draw docs/images anew from the real window
	@scripts/setup.sh run test
	$(PY) scripts/make_pictures.py

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
