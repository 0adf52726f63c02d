# Each target sets up what it needs in .venv; the second time that costs nothing.
PYTHON ?= python3
PORT ?= 5000
DURATION ?= 600
SEED ?= 0
BIN := .venv/bin
INSTALL = $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

.PHONY: help setup sweep experiments margins regimes test slow long chaos fuzz lint ui bench pins clean

help:
	@echo "make sweep   the main job: three optimizers with and without batch normalization, into mlruns/"
	@echo "make experiments   the published experiments on MNIST, and docs/experiments.md (MNIST_DIR=FOLDER: from its files)"
	@echo "make margins       its findings that hang on chance, each for twenty seeds, and docs/experiments/margins.csv"
	@echo "make regimes       the search for the regime of experiment E6, and docs/regimes.md"
	@echo "make ui      compare the runs at http://127.0.0.1:$(PORT)"
	@echo "make test    the tests;  make slow, make long: the others;  make lint: ruff, mypy, pip-audit"
	@echo "make chaos   strike the commands at random and see that nothing is lost (DURATION=600 seconds, SEED=0, JSON=FILE)"
	@echo "make fuzz    command lines, files, filters and studies drawn by the thousand (EXAMPLES=1000 for each test)"
	@echo "make bench   what a training step costs beside its bare matrix products, and what sweeps take"

setup: .venv/ready

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("needs Python 3.11 or newer; say make PYTHON=python3.12") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv .venv
	$(INSTALL) .
	@touch $@

.venv/ready-to-develop: .venv/ready
	$(INSTALL) '.[test,lint]'
	@touch $@

sweep: .venv/ready
	$(BIN)/python src/train.py -m optimizer=sgd,momentum,adam bn=true,false

experiments: .venv/ready
	$(BIN)/python src/experiments.py

margins: .venv/ready
	$(BIN)/python src/experiments.py margins=20

regimes: .venv/ready
	$(BIN)/python src/experiments.py regimes

test: .venv/ready-to-develop
	$(BIN)/python -m pytest -n auto -m "not slow"

slow: .venv/ready-to-develop
	$(BIN)/python -m pytest -n 3 -m "slow and not long"

long: .venv/ready-to-develop
	$(BIN)/python -m pytest -n auto -m long

chaos: .venv/ready-to-develop
	$(BIN)/python -m tests.chaos --duration $(DURATION) --seed $(SEED) $(if $(JSON),--json $(JSON)) $(if $(AGAIN),--again)

# EXAMPLES: inputs that each test draws.
fuzz: .venv/ready-to-develop
	EXAMPLES=$(or $(EXAMPLES),1000) $(BIN)/python -m pytest -n auto -k "not many" tests/fuzz

lint: .venv/ready-to-develop
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@.ci/audit

ui: .venv/ready
	$(BIN)/python -m zerosweep ui --port $(PORT)

bench: .venv/ready
	$(BIN)/python benchmarks/step.py
	$(BIN)/python benchmarks/sweep.py

# Write constraints.txt anew from what a fresh install resolves to; it must name no host.
pins:
	rm -rf .venv-pins && $(PYTHON) -m venv .venv-pins
	.venv-pins/bin/pip install --quiet --editable '.[test,lint]'
	(sed -n '/^#/p' constraints.txt; .venv-pins/bin/pip freeze --exclude-editable) > constraints.new
	mv constraints.new constraints.txt
	rm -rf .venv-pins

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
