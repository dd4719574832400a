"""Prints which of the 175 requirements have a test: `make trace`.

A test says which requirement it shows to hold with `@pytest.mark.req("R024")`. The list of requirements is
tests/requirements.tsv: number, document, article, class (K kiosk, S staff and server, KS both, A administrative only),
what the kiosk and what the server does about it. Where software has no part, or not yet, or only a part, the sentence
about it stands in tests/no_software.tsv. The server's side is shown by the tests that run against it.
"""

from __future__ import annotations

import ast
import csv
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"
AT_THE_SERVER = "tests/central/"


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
        if one["id"] in reasons:
            print(f"                {reasons[one['id']]}")
    for_kiosk = [one for one in requirements if one["kiosk"] not in ("", "—")]
    covered = sum(1 for one in for_kiosk if tests.get(one["id"]))
    for_server = [one["id"] for one in requirements if one["server"] not in ("", "—")]
    served = {number for number in for_server if any(name.startswith(AT_THE_SERVER) for name in tests.get(number, []))}
    explained = [number for number in for_server if number not in served and number in reasons]
    print(
        f"\n{len(tests)} of {len(requirements)} requirements have a test; {covered} of {len(for_kiosk)} of the kiosk's; "
        f"{len(served)} of {len(for_server)} of the staff's and the server's, {len(explained)} more are explained."
    )
    known = {one["id"] for one in requirements}
    if unknown := sorted((set(tests) | set(reasons)) - known):
        raise SystemExit(f"tests or sentences name requirements that do not exist: {', '.join(unknown)}")
    if silent := sorted(set(for_server) - served - set(explained)):
        raise SystemExit(f"staff- and server-facing without test or sentence: {', '.join(silent)}")


if __name__ == "__main__":
    main()
