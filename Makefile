# Every figure, table and test from a fresh clone: `make help`.
SHELL := /bin/sh
PROFILE ?= paper
VENV := .venv
PYTHON := $(VENV)/bin/python
ENV := $(VENV)/installed

ifeq ($(PROFILE),paper)
B := build
else ifeq ($(PROFILE),quick)
B := build/quick
else
$(error PROFILE must be 'paper' (full resolution) or 'quick' (coarse, a few minutes), got '$(PROFILE)')
endif

# A figure with both a measurement and a derivation, or with one of them alone.
COMPARED := phase_n2_m1 phase_n3_m2 kgon_levels intro_n5_m2 basic_results_n20_m5 basic_results_n80_m20
COMPARED += dimensions_per_feature feature_dimensionality perturbed_feature correlated_features
COMPARED += pca_collapse pressure
MEASURED := local_bases
DERIVED := loss_surface_n2_m1 packing_theory
FIGURES := $(COMPARED) $(MEASURED) $(DERIVED)

GROUND := $(wildcard ground/*.py)
NUMERIC := $(wildcard numeric/*.py) $(GROUND)
THEORY := $(wildcard theory/*.py) $(GROUND)
AGREEMENT := $(wildcard agreement/*.py) $(GROUND)
DRAWING := figures/style.py figures/paper.mplstyle $(AGREEMENT)
RUN := $(PYTHON) -m figures --profile $(PROFILE)
REPORT := build/tests.xml
BOOK := figures/book.py figures/book.typ figures/page.css figures/evidence.py figures/gallery.py

.DEFAULT_GOAL := figures
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: figures $(FIGURES) test laws lint bench docs derivations gallery lock clean help

figures: $(FIGURES) $(B)/tables/agreement.json ## every figure and the table of agreement (the default)

$(FIGURES): %: $(B)/figures/%.png ## one figure alone

$(FIGURES:%=$(B)/figures/%.png): $(B)/figures/%.png: figures/%.py $(DRAWING) | $(ENV)
	$(RUN) draw $*

THEORISED := $(COMPARED) $(DERIVED)
TRAINED := $(COMPARED) $(MEASURED)
$(THEORISED:%=$(B)/figures/%.png): $(B)/figures/%.png: $(B)/data/%.derived.nc
$(TRAINED:%=$(B)/figures/%.png): $(B)/figures/%.png: $(B)/data/%.measured.nc
$(B)/figures/phase_n2_m1.png: figures/transitions.py
$(B)/figures/phase_n2_m1.png $(B)/figures/phase_n3_m2.png: figures/diagrams.py

$(foreach n,phase_n2_m1 phase_n3_m2,$(B)/data/$(n).measured.nc $(B)/data/$(n).derived.nc): figures/phases.py
BASICS := basic_results_n20_m5 basic_results_n80_m20
$(foreach n,intro_n5_m2 $(BASICS),$(B)/data/$(n).measured.nc $(B)/data/$(n).derived.nc): figures/basics.py
$(BASICS:%=$(B)/data/%.derived.nc): figures/firstpair.py
$(BASICS:%=$(B)/figures/%.png): figures/basicsreport.py figures/matrices.py

PLANAR := perturbed_feature correlated_features pca_collapse
GEOMETRY := dimensions_per_feature feature_dimensionality $(PLANAR) local_bases pressure
$(GEOMETRY:%=$(B)/data/%.measured.nc): figures/geometry.py
$(PLANAR:%=$(B)/figures/%.png): figures/planar.py
$(B)/figures/pca_collapse.png: figures/correlated_features.py
$(B)/figures/local_bases.png: figures/matrices.py
$(B)/figures/feature_dimensionality.png: figures/geometry.py $(B)/data/dimensions_per_feature.measured.nc
# Free blocks are searched once, for all who compare with them.
$(B)/data/dimensions_per_feature.derived.nc $(B)/data/feature_dimensionality.derived.nc: $(B)/data/packing_theory.derived.nc figures/data/packing_theory.py

$(B)/data/%.measured.nc: figures/data/%.py $(NUMERIC) | $(ENV)
	$(RUN) measure $*

$(B)/data/%.derived.nc: figures/data/%.py $(THEORY) | $(ENV)
	$(RUN) derive $*

$(B)/tables/agreement.json: $(COMPARED:%=$(B)/figures/%.png) | $(ENV)
	$(RUN) tables

test: $(ENV) ## the tests
	$(PYTHON) -m pytest -n auto --dist loadgroup --junit-xml=$(REPORT)

laws: $(ENV) ## every law on 10 000 random examples (an hour on two cores)
	HYPOTHESIS_PROFILE=wide $(PYTHON) -m pytest -n auto --dist worksteal tests/test_laws.py

lint: $(ENV) ## ruff and the type checker
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

bench: $(VENV)/torch ## speed beside PyTorch (installs it, as an extra)
	$(PYTHON) -m benchmarks

docs: figures ## refresh RESULTS.md and the small PNGs that README shows
	$(RUN) docs

derivations: $(B)/derivations/derivations.pdf ## the book of derivations, PDF and one page of HTML

$(B)/derivations/derivations.pdf: $(BOOK) $(REPORT) $(wildcard theory/derivations/*) $(THEORY) | $(ENV)
	$(RUN) book --report $(REPORT)

# What the book says of each result's tests; a test that fails is reported there, not here.
$(REPORT): $(wildcard tests/*.py) $(wildcard theory/derivations/*) $(NUMERIC) $(THEORY) $(AGREEMENT) | $(ENV)
	-$(PYTHON) -m pytest -n auto --dist loadgroup --junit-xml=$@

gallery: figures derivations ## every figure with its claim and its agreement: build/index.html
	$(RUN) gallery

$(ENV): requirements.lock setup.cfg pyproject.toml
	@sh ./install.sh $(VENV)
	@touch $@

$(VENV)/torch: setup.cfg | $(ENV)
	$(PYTHON) -m pip install --quiet torch==2.13.0
	@touch $@

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
	@echo "make: no target '$@'. Figures: $(FIGURES). Other targets: make help." >&2; exit 2
