"""Prints which of the 175 requirements have a test: `make trace`.

A test says which requirement it shows to hold with `@pytest.mark.req("R024")`. The list of requirements is
tests/requirements.tsv: number, document, article, what the kiosk and what the server does about it.
"""

from __future__ import annotations

import ast
import csv
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"


def marked(source: Path) -> dict[str, list[str]]:
    """Requirement -> the tests in this file that carry it."""
    found = defaultdict(list)
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.req":
                for argument in decorator.args:
                    found[ast.literal_eval(argument)].append(f"{source.relative_to(TESTS.parent)}::{node.name}")
    return found


def main() -> None:
    """Print one line a requirement, then the totals."""
    with (TESTS / "requirements.tsv").open(encoding="utf-8") as file:
        requirements = list(csv.DictReader(file, delimiter="\t"))
    tests = defaultdict(list)
    for source in sorted(TESTS.rglob("test_*.py")):
        for number, names in marked(source).items():
            tests[number] += names
    for one in requirements:
        names = tests.get(one["id"], [])
        print(f"{one['id']}  {'tested' if names else '-':<7} {one['article']:<14} {one['kiosk'][:60]}")
        for name in names:
            print(f"                {name}")
    for_kiosk = [one for one in requirements if one["kiosk"] not in ("", "—")]
    covered = sum(1 for one in for_kiosk if tests.get(one["id"]))
    print(
        f"\n{len(tests)} of {len(requirements)} requirements have a test; {covered} of {len(for_kiosk)} of the kiosk's."
    )
    if unknown := sorted(set(tests) - {one["id"] for one in requirements}):
        raise SystemExit(f"tests name requirements that do not exist: {', '.join(unknown)}")


if __name__ == "__main__":
    main()
