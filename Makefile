# One command for each task. `make run` and `make test` set everything up by themselves.

PYTHON ?= python3
BIN := .venv/bin
PLAIN := .venv/.plain
INSTALLED := .venv/.installed
WEBUI := .venv/share/raiden-simulator/.tried
FUZZ := .venv/fuzz/.installed
NODE_PROGRAMS := tests/anvil/node_modules/.tried tests/editors/node_modules/.tried \
  tests/rpc/node_modules/.tried
PUBLISHED := tests/published/.tried
# memory in large pages, as the command takes it by itself: docs/performance.md says why
LARGE_PAGES := PYTHONMALLOC=malloc GLIBC_TUNABLES=glibc.malloc.hugetlb=1

.DEFAULT_GOAL := help
.PHONY: help plain install run test nightly fuzz check format docs notebooks studies contracts bench \
  bench-million performance constraints lowest dist clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

plain: $(PLAIN)  ## make .venv with what runs, serves and reports, at the pinned versions

install: $(INSTALLED)  ## and with what tests and checks need

# what is imported is compiled when it is imported first: most of it never is
$(PLAIN): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=…")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --no-compile --no-deps --no-build-isolation --editable .
	@touch $@

$(INSTALLED): $(PLAIN) constraints-dev.txt $(WEBUI)
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r constraints-dev.txt
	@touch $@

# the second version of the web interface: the first one is installed, and only one can be
$(WEBUI): $(PLAIN) requirements-webui.txt
	-$(BIN)/python -m pip download --quiet --no-deps --require-hashes -r requirements-webui.txt --dest $(@D)
	@mkdir -p $(@D) && touch $@

# without them the tests of external chains and of editors are skipped, and say so
$(NODE_PROGRAMS): tests/%/node_modules/.tried: tests/%/package-lock.json
	-npm install --no-save --prefix tests/$* --ignore-scripts --no-fund --no-audit --silent
	@mkdir -p $(@D) && touch $@

# without them the tests that compare contracts with the published ones are skipped, and say so
$(PUBLISHED): $(PLAIN) tests/published/requirements.txt
	-$(BIN)/python -m pip download --quiet --no-deps --require-hashes -r tests/published/requirements.txt --dest $(@D)
	@touch $@

run: $(PLAIN)  ## run the flagship scenario
	$(BIN)/simulator run scenarios/too_few_peers.yaml

test: $(INSTALLED) $(NODE_PROGRAMS) $(PUBLISHED)  ## run the tests
	$(LARGE_PAGES) $(BIN)/python -m pytest -n 2 --dist worksteal

nightly: $(INSTALLED) $(NODE_PROGRAMS) $(PUBLISHED)  ## run all tests, and let hypothesis look for new examples
	HYPOTHESIS_PROFILE=explore $(LARGE_PAGES) $(BIN)/python -m pytest -n 2 --dist worksteal -m ''

# in an environment of its own: nothing else needs schemathesis, nor what it needs
$(FUZZ): $(INSTALLED) tests/fuzz/requirements.txt
	$(PYTHON) -m venv .venv/fuzz
	.venv/fuzz/bin/python -m pip install --quiet --require-hashes -r tests/fuzz/requirements.txt
	@touch $@

fuzz: $(FUZZ)  ## send 2,000 made-up requests to each dialect and the control API
	$(BIN)/python -m tests.fuzz

check: $(INSTALLED)  ## lint and type-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(INSTALLED)  ## put the code into its canonical form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(INSTALLED)  ## write the references of scenario files, study files and the journal anew
	$(BIN)/simulator schema --markdown > docs/scenario-reference.new
	mv docs/scenario-reference.new docs/scenario-reference.md
	$(BIN)/simulator schema --study --markdown > docs/study-reference.new
	mv docs/study-reference.new docs/study-reference.md
	$(BIN)/simulator schema --journal > docs/journal.new
	mv docs/journal.new docs/journal.md

notebooks: $(INSTALLED)  ## run the notebooks of the examples, and write what their cells show into them
	$(BIN)/python -m tests.notebooks

contracts: ## compile the contracts anew (needs node and npm)
	npm ci --prefix contracts --no-fund --no-audit
	node contracts/compile.mjs

bench: $(INSTALLED)  ## measure everything and write docs/performance.md; takes some twenty minutes
	$(BIN)/python -m benchmarks

bench-million: $(INSTALLED)  ## measure very large networks on the model; takes up to half an hour
	$(BIN)/python -m benchmarks.networks --million
	$(BIN)/python -m benchmarks.start_graphs --large
	$(BIN)/python -m benchmarks.render

performance: $(INSTALLED)  ## write docs/performance.md anew from the last figures
	$(BIN)/python -m benchmarks.render

studies: $(INSTALLED)  ## run the studies of examples/studies, and draw the figures of docs/findings.md
	set -e; for file in examples/studies/*.yaml; do \
	  name=$$(basename $$file .yaml); \
	  $(BIN)/simulator study run $$file --out .studies/$$name; \
	  $(BIN)/simulator study report .studies/$$name; \
	  mkdir -p docs/figures/$$name; \
	  rm -f docs/figures/$$name/*; \
	  cp .studies/$$name/report/figures/*.svg docs/figures/$$name/; \
	done

PIN := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header --no-annotate --quiet

constraints:  ## pin the dependencies anew (needs uv)
	$(PIN) pyproject.toml requirements-build.in -o constraints.txt
	$(PIN) --extra dev --extra webui pyproject.toml requirements-build.in -c constraints.txt -o constraints-dev.txt
	$(PIN) tests/fuzz/requirements.in -o tests/fuzz/requirements.txt

# in an environment of its own
SMOKE := tests/test_testnet.py tests/test_cli.py tests/test_public_face.py tests/test_dependencies.py \
  tests/api/test_connections.py tests/api/test_control.py tests/api/test_pages.py \
  tests/evm/test_chain.py tests/evm/test_eth_tester.py tests/scenarios/test_html_report.py \
  tests/scenarios/test_report.py tests/topology tests/ci/test_golden.py tests/ci/test_junit.py

lowest:  ## run some tests with the lowest declared versions (needs uv)
	uv venv --quiet --clear --python $(PYTHON) .venv/lowest
	uv pip install --quiet --python .venv/lowest --resolution lowest-direct --editable '.[dev]'
	.venv/lowest/bin/python -m pytest -p no:xdist -q $(SMOKE)

dist:  ## build a wheel and a source distribution from a clean clone, and try both
	PYTHON=$(PYTHON) .ci/dist

clean:  ## remove what the other commands made
	rm -rf .studies tests/*/node_modules tests/published/*.whl $(PUBLISHED) dist .venv .benchmarks .pytest_cache .mypy_cache .ruff_cache .hypothesis
