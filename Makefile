# Set-up, then the two commands of the README: make demo, make test.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PYTEST := $(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile

.PHONY: train-matrix attacks demo test check lint verify locale mutants template clean pictures bench endurance

demo: $(READY)          ## grade a small mixed class and check every cell of the table
	$(BIN)/python tests/demo/run.py

test: $(READY)          ## the proof of the course, a sample of its mutants, then every test
	$(BIN)/grade verify
	$(BIN)/grade mutants --sample 1
	$(PYTEST) -rs

check: lint             ## what to run before every commit: three minutes on two threads of one core, less on more
	$(PYTEST) -m "not slow" tests/engine

lint: $(READY)          ## form, types, import layers, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/grade template --check

verify: $(READY)        ## prove the course alone
	$(BIN)/grade verify

mutants: $(READY)       ## how well the checks judge: small mistakes in the reference, graded (3/4 of an hour of one core)
	$(BIN)/grade mutants --out docs/mutants.md

attacks: $(READY)       ## run the corpus of attacks in a sandbox that is probed first; fails when one is open
	cd tests/engine && ../../$(BIN)/python attacks.py

train-matrix: $(READY)  ## every training task and variant over five seeds that were not used for calibration: hours
	$(BIN)/grade calibrate --check --first 101

bench: $(READY)         ## a class graded here, by nbgrader and by otter-grader (both installed into benchmarks/.venv), with ratios
	$(BIN)/python benchmarks/bench.py

endurance: $(READY)     ## kill -9 at 20 random moments, 200 submissions with a tenth broken, a full disk, a lost Dask worker
	GRADE_KILLS=20 $(BIN)/python -m pytest -q -rs tests/engine/test_endurance.py tests/engine/test_dask.py

template: $(READY)      ## write student_template/ anew from reference/ and rubric.yaml
	$(BIN)/grade template

pictures: $(READY)      ## make the README's pictures (the report's needs chromium)
	$(BIN)/python docs/make_pictures.py

locale: $(READY)        ## bring the Chinese catalogue up to date with the program's words, and compile it
	$(BIN)/python -m grader.locale

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]' --constraint constraints.txt
	touch $@
