# Everything a developer or CI does. `make run` and `make test` prepare the machine by themselves.
VENV := .venv/bin
PATHS := kiosk drivers screens central tests tools bench

.PHONY: help setup run test check format gallery bench trace soak requirements clean

help:        ## this list
	@grep -hE '^[a-z]+: .*##|^[a-z]+:  *##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

setup:       ## Debian packages, .venv with pinned Python packages
	@tools/setup.sh

run: setup   ## the main job on virtual devices; with no screen a scripted citizen plays it into out/
	@$(VENV)/kiosk demo --out out

test: setup  ## all checks and all tests
	@$(MAKE) --no-print-directory check
	@$(VENV)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder

check: setup ## style, types, import directions
	@$(VENV)/ruff check $(PATHS)
	@$(VENV)/ruff format --check $(PATHS)
	@$(VENV)/mypy
	@$(VENV)/lint-imports --no-cache

format: setup ## reformat the code
	@$(VENV)/ruff check --fix $(PATHS)
	@$(VENV)/ruff format $(PATHS)

gallery: setup ## render every screen to docs/gallery
	@$(VENV)/python -m screens.gallery

bench: setup ## measure beside peers, write bench/results.md
	@$(VENV)/python -m bench

trace: setup ## which of the 175 requirements have a test
	@$(VENV)/python tools/trace.py

soak: setup  ## the long tests
	@$(VENV)/python -m pytest -q -m soak

requirements: setup ## pin the newest versions again, with hashes
	@$(VENV)/python -m pip install --quiet pip-tools
	@for part in runtime dev; do $(VENV)/pip-compile --quiet --upgrade --generate-hashes --no-emit-index-url \
	  --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --allow-unsafe -o requirements/$$part.txt requirements/$$part.in; done

clean:       ## remove what can be made again
	@rm -rf .venv out .mypy_cache .ruff_cache .pytest_cache *.egg-info
