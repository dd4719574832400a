"""Every page that any role can reach by links, in both languages, with cases in every state: it renders, and its HTML is sound.

The crawler begins at the menu and follows links, so pages that come later are walked through too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import pytest
import requests
from click.testing import CliRunner
from lxml import html

from central.casework.terms import Role
from central.cli import main
from central.demo.fill import Filled, fill
from central.settings import load
from tests.central.desk import Desk, sign_in
from tests.central.rig import RunningCentre, running_centre

MOST = 60
"""Pages walked through for one role."""
OF_A_KIND = 2
"""Pages of one address pattern: /desk/cases/X is a pattern."""
_FORMS_WITHOUT_TOKEN = "//form[translate(@method, 'POST', 'post') = 'post'][not(.//input[@name = 'csrf'])]"


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningCentre, Filled]]:
    """A centre with invented cases in every state."""
    data = tmp_path_factory.mktemp("demonstration") / "centre"
    made = CliRunner().invoke(main, ["init", "--data", str(data)])
    assert made.exit_code == 0, made.output
    settings = load(data)
    filled = fill(settings, datetime.now(UTC))
    with running_centre(settings) as running:
        yield running, filled


@pytest.mark.parametrize("role", list(Role))
def test_every_page_of_a_role_renders_soundly_in_both_languages(
    demonstration: tuple[RunningCentre, Filled], role: Role
) -> None:
    centre, filled = demonstration
    login = next(one.login for one in filled.logins if one.role == role)
    desk, english = sign_in(centre, login), sign_in(centre, login, "en")
    wrong: list[str] = []
    walked = 0
    for path, page in walk(desk, "/desk/account"):
        walked += 1
        if page.status_code != 200:
            wrong.append(f"{path}: {page.status_code}")
        elif is_page(page):
            translated = english.get(path)
            wrong += [f"{path}: {complaint}" for one in (page, translated) for complaint in complaints(one.text)]
            if html.fromstring(translated.text).get("lang") != "en":
                wrong.append(f"{path}: not in English")
    assert not wrong, "\n".join(wrong)
    assert walked >= 2


def is_page(response: requests.Response) -> bool:
    """Not a file to keep."""
    return response.headers["content-type"].startswith("text/html")


def walk(desk: Desk, start: str) -> Iterator[tuple[str, requests.Response]]:
    """What links lead to, breadth first, few of each pattern."""
    waiting, seen, kinds = [start], {start}, Counter[str]()
    walked = 0
    while waiting and walked < MOST:
        path = waiting.pop(0)
        page = desk.get(path)
        yield path, page
        walked += 1
        if not is_page(page):
            continue
        for element, _, target, _ in html.fromstring(page.text).iterlinks():
            address = urldefrag(urljoin(path, target)).url
            kind = pattern(address)
            if element.tag != "a" or not address.startswith("/desk/") or address in seen or kinds[kind] >= OF_A_KIND:
                continue
            seen.add(address)
            kinds[kind] += 1
            waiting.append(address)


def pattern(address: str) -> str:
    """What an address is an example of: identifiers and values left out."""
    parts = urlsplit(address)
    words = [word if re.fullmatch("[a-z-]+", word) else "*" for word in parts.path.split("/")]
    return "/".join(words) + "?" + "&".join(sorted({name for name, _ in parse_qsl(parts.query)}))


def complaints(text: str) -> list[str]:
    """What is wrong with a page's HTML."""
    tree = html.fromstring(text)
    found = []
    if len(tree.xpath("//h1[not(ancestor::article)]")) != 1:  # an article is a document shown in the page
        found.append("it needs exactly one h1")
    if not (tree.findtext(".//title") or "").split(" · ")[0].strip():
        found.append("no title")
    repeated = [one for one, times in Counter(tree.xpath("//@id")).items() if times > 1]
    if repeated:
        found.append(f"the same id twice: {repeated}")
    levels = [int(one.tag[1]) for one in tree.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]")]
    if any(after > before + 1 for before, after in pairwise(levels)):
        found.append(f"headings skip a level: {levels}")
    for one in tree.iter("input", "select", "textarea"):
        if one.get("type") in {"hidden", "submit"} or labelled(tree, one):
            continue
        found.append(f"no label: {one.get('name')}")
    found += [
        f"nothing to read in <{one.tag}> {one.get('href') or one.get('name')}"
        for one in tree.iter("button", "a")
        if not (one.text_content().strip() or one.get("aria-label") or one.xpath(".//img[@alt!='']"))
    ]
    found += [f"no alt: {one.get('src')}" for one in tree.iter("img") if one.get("alt") is None]
    found += [f"no token in the form to {one.get('action')}" for one in tree.xpath(_FORMS_WITHOUT_TOKEN)]
    found += ["a table without headings" for one in tree.iter("table") if not one.xpath(".//th")]
    found += [f"<{one.tag}> in the page" for one in tree.xpath("//style | //iframe | //script[not(@src)]")]
    found += [
        f"handler or style in <{one.tag}>"
        for one in tree.xpath("//@*[starts-with(name(), 'on') or name() = 'style']/..")
    ]
    visible = " ".join(tree.xpath("//main//text()")) if tree.get("lang") == "zh-CN" else ""
    if re.search(r"\b(None|Undefined|datetime\.|object at 0x)", visible):
        found.append(
            "a program's words: " + re.search(r".{0,30}(None|Undefined|datetime|object at).{0,20}", visible)[0]
        )
    return found


def labelled(tree: html.HtmlElement, one: html.HtmlElement) -> bool:
    """Whether a field says what it is."""
    if one.get("aria-label") or one.get("aria-labelledby"):
        return True
    if any(parent.tag == "label" for parent in one.iterancestors()):
        return True
    return bool(one.get("id")) and bool(tree.xpath("//label[@for=$id]", id=one.get("id")))


def test_the_crawler_sees_what_is_wrong() -> None:
    page = """<html lang="zh-CN"><title> · x</title><main><h2>a</h2><h4>b</h4><p style="x" id="i">None</p><p id="i"></p>
    <form method="post"><input name="q"></form><button></button><img src="x"><table><tr><td></table>
    <script>1</script></main></html>"""
    assert len(complaints(page)) >= 11
