# Every figure, table and test from a fresh clone: `make help`.
SHELL := /bin/sh
PROFILE ?= paper
VENV := .venv
PYTHON := $(VENV)/bin/python
ENV := $(VENV)/installed
# A second environment, with what the core does not need.
EXTRAS := .venv-extras
# A third, for one package that brings a hundred.
SAELENS := .venv-saelens

ifeq ($(PROFILE),paper)
B := build
else ifeq ($(PROFILE),quick)
B := build/quick
else
$(error PROFILE must be 'paper' (full resolution) or 'quick' (coarse, a few minutes), got '$(PROFILE)')
endif

# Matrices are small here, and what is large runs in parallel above them: threads inside BLAS
# only wait for each other, most of all on a busy machine (a file of tests: 59 s of CPU, and 8).
ALONE := OPENBLAS_NUM_THREADS=1
# Each step is a process. Where the environment forbids Python to keep bytecode, as containers often
# do, each would compile the same modules anew: three seconds of CPU for one of it.
unexport PYTHONDONTWRITEBYTECODE
RUN := $(ALONE) $(PYTHON) -m figures --profile $(PROFILE)
REPORT := build/tests.xml
TEXTS := $(wildcard theory/derivations/*)
PAGES := $(wildcard *.md) $(shell find docs -type f)
# Every file that compiles, and what that takes.
COMPILED := $(shell grep -rl --include='*.py' ground.compiled theory numeric) ground/compiled.py
KERNELS := build/kernels
SOURCES := $(shell find figures agreement theory numeric ground -name '*.py')

# Steps of figures run two at a time, unless you say how many (make -j1) or there is no room for
# two: each may start a process a core, of up to half a gigabyte.
CORES := $(shell getconf _NPROCESSORS_ONLN)
ROOM := $(shell [ $(CORES) -ge 2 ] && \
	[ $$(($$(getconf _PHYS_PAGES) / 1024 * $$(getconf PAGE_SIZE))) -ge 4000000 ] && echo -j2)
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += $(ROOM)
endif

# Where all figures are made, steps that run side by side share the cores: were all of them each
# step's, workers and threads would be started to wait for one another. (Known when a step starts.)
ABREAST = $(patsubst -j%,%,$(filter -j%,$(MAKEFLAGS)))
PART = $(shell echo $$((($(CORES) + $(ABREAST) - 1) / $(ABREAST))))
ifeq ($(filter-out figures docs,$(MAKECMDGOALS)),)
SHARE = $(if $(ABREAST),JOBS=$(or $(JOBS),$(PART)) NUMBA_NUM_THREADS=$(or $(NUMBA_NUM_THREADS),$(PART)))
endif

.DEFAULT_GOAL := figures
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: figures test test-extras test-saelens laws lint bench docs derivations site explorer lock clean help

# FIGURES, MEASURED, DERIVED, and what each of their files depends on: read from the imports, in a third of a second.
ifneq ($(MAKECMDGOALS),clean)
include build/rules.mk
endif

build/rules.mk: $(SOURCES)
	@mkdir -p build && sh ./install.sh --find figures/rules.py > $@.new && mv $@.new $@

.PHONY: $(FIGURES)
figures: $(FIGURES) $(B)/tables/agreement.json ## every figure and the table of agreement (the default)

$(FIGURES): %: $(B)/figures/%.png ## one figure alone

$(FIGURES:%=$(B)/figures/%.png): $(B)/figures/%.png: | $(ENV) $(KERNELS)
	$(SHARE) $(RUN) draw $*

$(MEASURED:%=$(B)/data/%.measured.nc): $(B)/data/%.measured.nc: | $(ENV) $(KERNELS)
	$(SHARE) $(RUN) measure $*

$(DERIVED:%=$(B)/data/%.derived.nc): $(B)/data/%.derived.nc: | $(ENV) $(KERNELS)
	$(SHARE) $(RUN) derive $*

$(B)/tables/agreement.json: | $(ENV)
	$(RUN) tables

# Before any step, since two that run side by side would each compile the same.
$(KERNELS): $(COMPILED) figures/kit/kernels.py | $(ENV)
	@$(RUN) kernels
	@mkdir -p build && touch $@

test: $(ENV) $(KERNELS) ## the tests
	$(ALONE) $(PYTHON) -m pytest -n auto --dist loadscope --junit-xml=$(REPORT)

# Exact numbers rest on SymPy's integers: FLINT's, with which `make test` runs, or Python's.
GROUNDS := tests/theory/numbers tests/theory/polytopes tests/theory/one_hot tests/theory/derivations
# PyTorch's own threads, too, only wait for each other on matrices as small as these.
STRICT := $(ALONE) OMP_NUM_THREADS=1 $(EXTRAS)/bin/python -m pytest --no-skips

test-extras: $(EXTRAS)/installed ## tests that need PyTorch, JAX, a strict array library, a browser, or no FLINT
	@$(EXTRAS)/bin/python -m tests.extras
	$(STRICT) -m 'extra and not extra(dev=True)'
	SYMPY_GROUND_TYPES=python $(STRICT) --without flint $(GROUNDS)

test-saelens: $(SAELENS)/installed ## our models in the real SAELens (a large environment of its own)
	$(ALONE) $(SAELENS)/bin/python -m pytest --no-skips tests/agreement/interchange/test_saelens.py

laws: $(ENV) ## every law on 10 000 random examples (an hour on two cores)
	HYPOTHESIS_PROFILE=wide $(ALONE) $(PYTHON) -m pytest -n auto --dist worksteal tests/test_laws.py

lint: $(ENV) ## ruff and the type checker
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

bench: $(EXTRAS)/installed ## speed beside PyTorch and JAX, on an idle machine (environment of the extras)
	$(EXTRAS)/bin/python -m benchmarks

docs: figures ## refresh RESULTS.md, docs/CLAIMS.md, the small PNGs and the picture of the house
	$(RUN) docs

derivations: $(B)/derivations/derivations.pdf ## the book of derivations, a PDF

$(B)/derivations/derivations.pdf: $(REPORT) $(TEXTS) | $(ENV)
	$(RUN) book --report $(REPORT)

# What the book says of each result's tests; a test that fails is reported there, not here.
$(REPORT): $(shell find tests -name '*.py') $(TEXTS) $(filter-out figures/%,$(SOURCES)) | $(ENV) $(KERNELS)
	-$(ALONE) $(PYTHON) -m pytest -n auto --dist loadscope --junit-xml=$@

site: $(B)/site/index.html ## figures, derivations, reference, tutorial, explorer: build/site/index.html

# Its tutorial is run as it is built, and trains with PyTorch.
$(B)/site/index.html: $(FIGURES:%=$(B)/figures/%.png) $(B)/derivations/derivations.pdf \
		$(B)/explorer.html $(PAGES) $(SOURCES) | $(EXTRAS)/installed
	$(ALONE) $(EXTRAS)/bin/python -m figures --profile $(PROFILE) site --report $(REPORT)

explorer: $(B)/explorer.html ## one page to move about in the theory, from the built data: build/explorer.html

$(B)/explorer.html: | $(ENV)
	$(RUN) explorer

$(ENV) $(EXTRAS)/installed $(SAELENS)/installed: %/installed: requirements.lock setup.cfg pyproject.toml
	@sh ./install.sh $* $(WITH)
	@touch $@

$(SAELENS)/installed: WITH := saelens
$(EXTRAS)/installed: WITH := array,browser,docs,jax,torch

lock: ## make requirements.lock anew from setup.cfg
	$(PYTHON) -m pip install --quiet uv
	$(PYTHON) -m uv pip compile setup.cfg --extra dev --extra docs --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
		--quiet --output-file requirements.lock > /dev/null

clean: ## remove what make built, but for the environment
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z$$(][^=]*:.*## / { sub(/^\$$\(FIGURES\)/, "NAME", $$1); printf "  make %-11s %s\n", $$1, $$2 }' Makefile
	@echo "  make PROFILE=quick   coarse, a few minutes; results in build/quick"
	@echo "  NAME is one of: $(FIGURES)"

.DEFAULT:
	$(error no target '$@'. Figures: $(FIGURES). Other targets: make help)
