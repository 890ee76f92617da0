# SPDX-FileCopyrightText: 2026 The dialtone.exchange developers
# SPDX-License-Identifier: GPL-3.0-or-later
# make rehearse: a whole recovery on a simulated organisation.   make test: every check of the project.

PYTHON ?= python3
BIN := .venv/bin
SPEED ?= 60
SEED ?= 1
# what runs whole recoveries, or single modules, on a lab
RECOVERIES := $(wildcard tests/playbooks tests/torture tests/awx tests/kerberos tests/docs tests/faults tests/modules)
# what is lost: same_server (a database), alternate_server (a server, and back), stay_on_alternate (a server)
OPTION ?= same_server
METHOD ?= beside
# what is to fail, such as answer_lost,name=Dismount-Database: lab/README.md
FAULT ?=
LET_FAIL = $(if $(FAULT),--fault '$(FAULT)')
COLLECTIONS := $(CURDIR)/.cache/collections
export ANSIBLE_COLLECTIONS_PATH := $(COLLECTIONS)
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
export PYTHONPATH := $(CURDIR)/lab

.PHONY: rehearse lab-up test gates quick-gates both-answers thorough torture unit lab recoveries contract lint sanity types docs

rehearse: .venv/.ready
	@$(BIN)/python -m rehearsal --option $(OPTION) --method $(METHOD) --speed $(SPEED) --seed $(SEED) $(LET_FAIL)

lab-up: .venv/.ready
	@$(BIN)/python -m exchange_lab --topology contoso --folder rehearsal/lab --speed $(SPEED) --seed $(SEED) $(LET_FAIL) \
	  --write-inventory rehearsal/lab/inventory.yml --control-file rehearsal/lab/control.json

# What waits for a lab's time and what computes run beside each other; each prints when it is done.
test: .venv/.ready-to-test
	@rm -rf .cache/calls
	@echo "Running every check: about a quarter of an hour."
	@$(MAKE) --no-print-directory -j2 --output-sync=target recoveries unit lab types lint sanity quick-gates
	@$(MAKE) --no-print-directory contract
	@echo "All checks passed."

unit lab: .venv/.ready-to-test
	EXCHANGE_LAB_CALLS=$(CURDIR)/.cache/calls/$@ $(BIN)/python -m pytest tests/$@ -n 2 --dist loadfile

# The longest first, one at a time to a worker: they mostly wait, so there are more workers than cores.
recoveries: .venv/.ready-to-test
	EXCHANGE_LAB_CALLS=$(CURDIR)/.cache/calls/$@ $(BIN)/python -m pytest $(RECOVERIES) -n 4 --dist load --maxschedchunk 1 -m 'not thorough'

# the long ones among the playbook tests; and every fault over the real protocols
thorough: .venv/.ready-to-test
	$(BIN)/python -m pytest $(RECOVERIES) -n 4 --dist load --maxschedchunk 1 -m thorough
	EXCHANGE_FAULTS_WIRE=1 $(BIN)/python -m pytest tests/faults -n 4 --dist load --maxschedchunk 1

# The playbook tests where what nobody knows of Exchange is otherwise than assumed: MIXES="random:7" for one mix.
MIXES ?= other random:1 random:2
both-answers: .venv/.ready-to-test
	@for mix in $(MIXES); do \
	  echo "EXCHANGE_LAB_SWITCHES=$$mix"; \
	  EXCHANGE_LAB_SWITCHES=$$mix $(BIN)/python -m pytest tests/playbooks -n 4 --dist load --maxschedchunk 1 || exit 1; \
	done

# The controller is killed after every call that changes something, in every recovery; and each recovery is struck at
# every such call, run after run, in all the ways: a bit more than an hour on two cores (10 s a point).
# KIND=all: in each way alone, 7 times as long; CHOICE=every: at the calls that only read, too; STEP=3: every third.
torture: OPTION := all
torture: METHOD := all
torture: CHOICE := changing
torture: KIND := kill,chain
torture: POINT := 0
torture: STEP := 1
torture: .venv/.ready-to-test
	@$(BIN)/python tests/torture --option $(OPTION) --method $(METHOD) --kind $(KIND) --choice $(CHOICE) \
	  --point $(POINT) --step $(STEP) --seed $(SEED)

contract: .venv/.ready-to-test
	EXCHANGE_LAB_CALLS=$(CURDIR)/.cache/calls $(BIN)/python -m pytest tests/contract

types: .venv/.ready-to-test
	$(BIN)/ruff check .
	$(BIN)/mypy lab/exchange_lab lab/rehearsal
	cd $(COLLECTIONS) && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml --namespace-packages \
	  --explicit-package-bases -p ansible_collections.dialtone.exchange.plugins

lint: .venv/.ready-to-test
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/ansible-lint --offline --profile production

# pylint takes minutes; the gates run it on each ansible-core
sanity: .venv/.ready-to-test
	PATH="$(CURDIR)/$(BIN):$$PATH" bash tests/sanity.sh --skip-test pylint

# What must hold before a release, each gate with tools of its own (noxfile.py): GATES='reuse tarball' for some.
GATES ?=
gates: .venv/.ready-to-test
	@mkdir -p .cache/gates
	@rm -f .cache/gates/report.json
	@$(BIN)/nox --report .cache/gates/report.json $(if $(GATES),--sessions $(GATES:%='%')); status=$$?; \
	  $(BIN)/python tests/gates/table.py .cache/gates && exit $$status

# those of them that take seconds, with the tools of .venv
quick-gates: .venv/.ready-to-test
	PATH="$(CURDIR)/$(BIN):$$PATH" nox --no-venv --tags quick

# the documentation site, in .cache/site/html
DOCS := .cache/docs-venv
docs: $(DOCS)/.ready
	$(DOCS)/bin/python docs/site/build.py .cache/site

$(DOCS)/.ready: docs/requirements.txt
	@test -d $(DOCS) || $(PYTHON) -m venv $(DOCS)
	@$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check -r docs/requirements.txt
	@touch $@

.venv/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=python3.11 ...")'
	@test -d .venv || $(PYTHON) -m venv .venv
	@echo "Installing what the controller and the lab need into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@mkdir -p $(COLLECTIONS)/ansible_collections/dialtone
	@ln -sfn "$(CURDIR)" $(COLLECTIONS)/ansible_collections/dialtone/exchange
	@touch $@

KERBEROS := tests/requirements-kerberos.txt
.venv/.ready-to-test: .venv/.ready tests/requirements.txt $(KERBEROS)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@if command -v krb5-config > /dev/null; then \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(KERBEROS); \
	  else echo "No krb5-config on this machine: the Kerberos tests will be skipped."; fi
	@touch $@
