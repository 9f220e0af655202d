SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
# Members whose tests are typed as strictly as the code.
TYPED_TESTS := bench/tests chassis/tests checkin/tests contracts/tests deploy/stack/tests examples gateway/tests invoices/tests pricing/tests printing/tests services/booking/tests services/catalog/tests services/identity/tests services/notify/tests services/payment/tests services/seating/tests simulators/tests tests tickets/tests
MEMBERS := contracts pricing printing tickets checkin invoices chassis services/identity services/catalog services/seating services/booking services/payment services/notify \
           gateway simulators deploy/stack bench

help:  ## the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.stamp: requirements.lock deploy/charts/requirements.txt pyproject.toml $(MEMBERS:%=%/pyproject.toml)
	@command -v python3.11 >/dev/null || { echo "Marquee needs Python 3.11: install it and run again"; exit 1; }
	@echo "Making the Python environment in .venv (about a minute) …"
	@python3.11 -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r deploy/charts/requirements.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(MEMBERS:%=-e ./%)
	@touch $@

CLIENTS := tests/clients/node_modules/.stamp
$(CLIENTS): tests/clients/package-lock.json
	@if command -v npm >/dev/null; then cd tests/clients && npm ci --silent && touch node_modules/.stamp; \
	else echo "Node.js with npm is missing: linters of the documents and the TypeScript client are left out of the tests"; fi

WEB := web/node_modules/.stamp
$(WEB): web/package-lock.json
	@if command -v npm >/dev/null; then cd web && npm ci --silent && touch node_modules/.stamp; \
	else echo "Node.js with npm is missing: the gateway serves the API without storefront and console"; fi

setup: .venv/.stamp $(WEB) $(CLIENTS)  ## the Python environment, and what npm has for the pages and the tests

lock:  ## pin third-party versions anew from the members' pyproject.toml (needs uv)
	uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --group dev \
	  --no-emit-package marquee-contracts --no-emit-package marquee-pricing --no-emit-package marquee-printing --no-emit-package marquee-tickets --no-emit-package marquee-checkin --no-emit-package marquee-invoices --no-emit-package marquee-chassis --no-emit-package marquee-stack \
	  $(MEMBERS:%=%/pyproject.toml) -o requirements.lock

run: setup  ## the whole system in the foreground; Ctrl-C stops all (PORT, STACK_DIR, REPLICAS, ROLE_SPLIT, DEMO=0)
	@$(PY) -m stack run

up: setup  ## the same in the background, or what is missing of it; returns when it is ready (SERVERS=3 for three of each server)
	@$(PY) -m stack up

down: setup  ## stop what `up` started; the data stays
	@$(PY) -m stack down

status: setup  ## each process and its readiness, and what is stuck
	@$(PY) -m stack status

roll: setup  ## replace each process of the running stack, one copy of each at a time: nobody notices where REPLICAS is 2
	@$(PY) -m stack roll

lint: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m mypy --explicit-package-bases $(TYPED_TESTS)
	.venv/bin/lint-imports
	.venv/bin/hadolint deploy/Dockerfile deploy/compose/servers.Dockerfile
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml deploy/compose/*.yml

test: lint  ## set-up, lint, types, import rules, all tests
	$(PY) -m pytest -n 2 --dist loadfile tests/architecture
	$(PY) -m pytest -n 2 --dist loadfile --durations=20 --ignore=tests/architecture --ignore=tests/e2e --ignore=tests/chaos --ignore=tests/browser --ignore=tests/drill --ignore=tests/alerts
	$(PY) -m pytest -n 2 --dist loadfile --durations=20 tests/e2e tests/chaos tests/browser

drill: setup  ## a backup in mid-sale, everything lost, everything restored: what was paid is there
	$(PY) -m pytest tests/drill

check: test  ## what .ci/run runs

audit: setup  ## our books against the provider's, seat maps against ledgers, on a running stack
	@$(PY) -m stack.audit

demo: setup  ## a scripted buyer buys two seats through the gateway of a running stack (PROVIDER=stripe or counter, SHOWTIME=sho_… for that one)
	@$(PY) -m stack.demo

samples: setup  ## tickets, invoices and calendar entries in five scripts, to look at: FOLDER=samples
	@$(PY) -m stack.samples $(or $(FOLDER),samples)

screenshots: setup  ## pictures of the pages of a running stack, into docs/screenshots
	@$(PY) -m tests.browser.screenshots

observability: setup  ## the objectives' rules and the dashboards anew, into deploy/charts/marquee
	@$(PY) -m stack.observability

alerts-test: setup  ## alerts fired by real faults, and cleared by their runbooks' commands; ONLY="a or b"
	$(PY) -m pytest -n 0 -v tests/alerts $(if $(ONLY),-k "$(ONLY)")

schemas: setup  ## OpenAPI, AsyncAPI, event schemas, docs/events.md and docs/errors.md anew; BREAKING=1 where clients break
	@$(PY) -m stack.documents

trace: setup  ## a booking's way with its times, what it waits for, and the runbook: BOOKING=reference or id; without one, all that are stuck
	@$(if $(BOOKING),$(PY) -m stack.trace "$$BOOKING",$(PY) -m stack.commands stuck)
charts: setup  ## the Helm chart checked, and what its three files of values come to written anew into deploy/charts/golden
	@$(PY) -m stack.charts

release-check: setup  ## bills of materials of all images into release/, licences, versions, known vulnerabilities
	@$(PY) -m stack.release

resync: setup  ## say again all live snapshots, users and what sales of a month have said: for a new or restored consumer
	@$(PY) -m stack.commands resync

rebuild-reports: setup  ## all reports anew from the bookings of the running stack, and whether they are as before
	@$(PY) -m stack.commands rebuild-reports

backup: setup  ## all databases as they are at one instant, while sales go on (BACKUPS=folder, BACKUP_DAYS=30)
	@$(PY) -m stack.backup take

restore: setup  ## an empty system from the newest backup, or FROM=folder; then make up, make resync, make audit
	@$(PY) -m stack.backup restore

erasures: setup  ## add each erasure to the log beside the backups as it happens, until Ctrl-C
	@$(PY) -m stack.backup erasures

dead-letters: setup  ## list what could not be digested, replay it, or discard some: VERB=replay SERVICE=booking, VERB=discard IDS="…"
	@$(PY) -m stack.commands dead-letters $(or $(VERB),list) $(SERVICE) $(IDS)

restart: setup  ## the replicas of a service, one after the other, or a simulator: SERVICE=booking
	@$(PY) -m stack.commands restart $(SERVICE)

call: setup  ## a call of the running stack's admin: CALL="GET /api/admin/cases?open=true" BODY='{"note": "…"}'
	@$(PY) -m stack.commands call "$(CALL)" '$(BODY)'

chaos: setup  ## a minute of sales by all ways to pay while processes and servers are killed and providers fail, then the audit (SECONDS_OF_CHAOS, SEED); with SERVERS=3 the leaders of three of each are killed, paused and cut off
	@$(PY) -m bench.chaos

upgrade-test: setup  ## sales while the last release is replaced by this code and comes back, then the audit (SALES a phase, RELEASE another commit)
	@$(PY) -m bench.upgrade
compose-test: setup  ## the system in containers: built, sold in, scaled and restarted under load, audited, taken down (needs root or a running Docker)
	@$(PY) -m stack.containers

bench: setup  ## what it can do and what a sale costs, side by side; bench/results keeps the last; PARTS=cost for that alone, SHORT=1 in fewer rounds
	@$(PY) -m bench $(PARTS)

soak: setup  ## sales at half load with a fault every few minutes, an hour by default: MINUTES=60; curves in bench/results
	@MINUTES=$(or $(MINUTES),60) $(PY) -m bench.soak

profile: setup  ## a flame graph of a service of the running stack: SERVICE=payment SECONDS=20
	@$(PY) -m bench.profile $(or $(SERVICE),payment) $(or $(SECONDS),20)

.PHONY: drill upgrade-test trace screenshots samples chaos bench profile rebuild-reports resync dead-letters help setup lock lint test check audit demo schemas run up down status backup restore erasures charts release-check compose-test observability alerts-test restart call soak roll
