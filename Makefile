# Every figure, table and test from a fresh clone: `make help`.
SHELL := /bin/sh
PROFILE ?= paper
VENV := .venv
PYTHON := $(VENV)/bin/python
ENV := $(VENV)/installed
# What figures do not need, and tests, pages and the type checker do: three quarters of the packages.
TOOLS := $(VENV)/tools
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
# Where the environment forbids Python to keep bytecode, as containers often do, each process would
# compile the same modules anew: three seconds of CPU for one of it.
unexport PYTHONDONTWRITEBYTECODE
RUN := $(ALONE) $(PYTHON) -m figures --profile $(PROFILE)
REPORT := build/tests.xml
TEXTS := $(wildcard theory/derivations/*)
PAGES := $(wildcard *.md) $(shell find docs -type f)
# Every file that compiles, and what that takes.
COMPILED := $(shell grep -rl --include='*.py' ground.compiled theory numeric) ground/compiled.py
KERNELS := build/kernels
# What threads need, too, that share a model: figures side by side on two cores have one each.
SHARED := build/kernels-shared
SOURCES := $(shell find figures agreement theory numeric ground -name '*.py')

.DEFAULT_GOAL := figures
# What can run side by side does so within one recipe.
.NOTPARALLEL:
.PHONY: figures test test-extras test-saelens laws lint bench docs derivations site explorer lock clean help

# FIGURES, and what each of their files depends on: read from the imports, in a second.
ifneq ($(MAKECMDGOALS),clean)
include build/rules.mk
endif

build/rules.mk: $(SOURCES)
	@mkdir -p build && sh ./install.sh --find figures/rules.py > $@.new && mv $@.new $@

.PHONY: $(FIGURES)
figures: $(FIGURES) $(B)/tables/agreement.json ## every figure and the table of agreement (the default)

$(FIGURES): %: $(B)/figures/%.png ## one figure alone

# Whether the goals want all figures, else which; and how many at a time, if make was told (which is
# known when a recipe starts).
ALL := $(filter figures docs site,$(or $(MAKECMDGOALS),figures))
NAMED = $(filter $(FIGURES),$(MAKECMDGOALS)) $(if $(filter explorer,$(MAKECMDGOALS)),$(EXPLORED))
ABREAST = $(patsubst -j%,%,$(filter -j%,$(MAKEFLAGS)))

# The first picture that is out of date starts one command, which makes all figures that are wanted,
# two at a time; after it make finds the others made. It writes files whole: none is to be removed.
.PRECIOUS: $(FIGURES:%=$(B)/figures/%.png)
$(FIGURES:%=$(B)/figures/%.png): | $(ENV) $(if $(ALL),$(KERNELS),$(SHARED))
	$(RUN) make $(ABREAST:%=--abreast %) $(if $(ALL),,$(sort $(NAMED) $(basename $(@F))))

$(B)/tables/agreement.json: | $(ENV)
	$(RUN) tables

# Before any figure, since two that are made side by side would each compile the same.
$(KERNELS): $(COMPILED) figures/kit/kernels.py | $(ENV)
	@$(RUN) kernels
	@mkdir -p build && touch $@

$(SHARED): $(KERNELS)
	@$(RUN) kernels --shared
	@touch $@

test: $(TOOLS) $(SHARED) ## the tests
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

laws: $(TOOLS) ## every law on 10 000 random examples (an hour on two cores)
	HYPOTHESIS_PROFILE=wide $(ALONE) $(PYTHON) -m pytest -n auto --dist worksteal tests/test_laws.py

lint: $(TOOLS) ## ruff and the type checker
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

bench: $(EXTRAS)/installed ## speed beside PyTorch and JAX, on an idle machine (environment of the extras)
	$(EXTRAS)/bin/python -m benchmarks

docs: figures $(TOOLS) ## refresh RESULTS.md, docs/CLAIMS.md, the small PNGs and the picture of the house
	$(RUN) docs

derivations: $(B)/derivations/derivations.pdf ## the book of derivations, a PDF

$(B)/derivations/derivations.pdf: $(REPORT) $(TEXTS) | $(TOOLS)
	$(RUN) book --report $(REPORT)

# What the book says of each result's tests; a test that fails is reported there, not here.
$(REPORT): $(shell find tests -name '*.py') $(TEXTS) $(filter-out figures/%,$(SOURCES)) | $(TOOLS) $(SHARED)
	-$(ALONE) $(PYTHON) -m pytest -n auto --dist loadscope --junit-xml=$@

site: $(B)/site/index.html ## figures, derivations, reference, tutorial, explorer: build/site/index.html

# Its tutorial is run as it is built, and trains with PyTorch.
$(B)/site/index.html: $(FIGURES:%=$(B)/figures/%.png) $(B)/derivations/derivations.pdf \
		$(B)/explorer.html $(PAGES) $(SOURCES) | $(EXTRAS)/installed
	$(ALONE) $(EXTRAS)/bin/python -m figures --profile $(PROFILE) site --report $(REPORT)

explorer: $(B)/explorer.html ## one page to move about in the theory, from the built data: build/explorer.html

$(B)/explorer.html: $(EXPLORED:%=$(B)/figures/%.png) | $(TOOLS)
	$(RUN) explorer

$(ENV) $(EXTRAS)/installed $(SAELENS)/installed: %/installed: setup.cfg pyproject.toml
	@sh ./install.sh $* $(LOCK) $(WITH)
	@touch $@

$(ENV): LOCK := figures.lock
$(ENV): figures.lock
$(EXTRAS)/installed $(SAELENS)/installed: LOCK := requirements.lock
$(EXTRAS)/installed $(SAELENS)/installed: requirements.lock
$(SAELENS)/installed: WITH := saelens
$(EXTRAS)/installed: WITH := array,browser,docs,jax,torch

$(TOOLS): requirements.lock $(ENV)
	@sh ./install.sh --add $(VENV) $<
	@touch $@

COMPILE = $(PYTHON) -m uv pip compile setup.cfg --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet

lock: $(ENV) ## make requirements.lock anew from setup.cfg, and of it what figures need, figures.lock
	$(PYTHON) -m pip install --quiet uv
	$(COMPILE) --extra dev --extra docs --output-file requirements.lock > /dev/null
	$(COMPILE) --extra figures --constraint requirements.lock --output-file figures.lock > /dev/null

clean: ## remove what make built, but for the environment
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z$$(][^=]*:.*## / { sub(/^\$$\(FIGURES\)/, "NAME", $$1); printf "  make %-11s %s\n", $$1, $$2 }' Makefile
	@echo "  make PROFILE=quick   coarse, a few minutes; results in build/quick"
	@echo "  NAME is one of: $(FIGURES)"

.DEFAULT:
	$(error no target '$@'. Figures: $(FIGURES). Other targets: make help)
