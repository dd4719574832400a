"""Prints which of the 175 requirements have a test: `make trace`.

A test says which requirement it shows to hold with `@pytest.mark.req("R024")`. The list of requirements is
tests/requirements.tsv: number, document, article, class (K kiosk, S staff and server, KS both, A administrative only),
what the kiosk and what the server does about it. Where software has no part, or not yet, tests/no_software.tsv says
so in a sentence.
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
    with (TESTS / "no_software.tsv").open(encoding="utf-8") as file:
        reasons = {one["id"]: one["why"] for one in csv.DictReader(file, delimiter="\t")}
    tests = defaultdict(list)
    for source in sorted(TESTS.rglob("test_*.py")):
        for number, names in marked(source).items():
            tests[number] += names
    for one in requirements:
        names = tests.get(one["id"], [])
        text = one["server"] if one["kiosk"] in ("", "—") else one["kiosk"]
        print(f"{one['id']}  {one['class']:<2} {'tested' if names else '-':<7} {one['article']:<14} {text[:60]}")
        for name in names:
            print(f"                {name}")
        if not names and one["id"] in reasons:
            print(f"                {reasons[one['id']]}")
    for_kiosk = [one for one in requirements if one["kiosk"] not in ("", "—")]
    covered = sum(1 for one in for_kiosk if tests.get(one["id"]))
    for_server = [one for one in requirements if one["class"] in ("S", "KS")]
    served = sum(1 for one in for_server if tests.get(one["id"]))
    explained = sum(1 for one in for_server if not tests.get(one["id"]) and one["id"] in reasons)
    print(
        f"\n{len(tests)} of {len(requirements)} requirements have a test; {covered} of {len(for_kiosk)} of the kiosk's; "
        f"{served} of {len(for_server)} of the staff's and the server's, {explained} more are explained."
    )
    if unknown := sorted(set(tests) - {one["id"] for one in requirements}):
        raise SystemExit(f"tests name requirements that do not exist: {', '.join(unknown)}")


if __name__ == "__main__":
    main()
