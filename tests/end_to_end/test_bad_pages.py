"""A citizen whose pages go wrong at first: most applications that are sent back are sent back for their papers.

If this fails, a blurred page, a cut-off one or somebody else's paper goes to the centre without a word to the citizen."""

from __future__ import annotations

import pytest

from kiosk.demo.citizen import MENDING, Citizen
from kiosk.demo.results import wait_for_pilot
from tests.end_to_end.rig import PERSONAS, Terminal

pytestmark = pytest.mark.timeout(240)


@pytest.mark.req("R132")
def test_three_bad_pages_are_named_and_mended_and_only_the_good_one_is_sent(terminal: Terminal) -> None:
    with wait_for_pilot(terminal) as pilot:
        citizen = Citizen(pilot, terminal.dock, PERSONAS["wang"], MENDING)
        citizen.plays()
        citizen.finishes()
    assert citizen.mended == 3
    assert citizen.passed.count("page_review") >= 4
    (application,) = terminal.arrived()
    (material,) = [one for one in application["materials"] if one["met_by"] == "pages"]
    (page,) = material["pages"]
    assert page["verdicts"] in ([], ["ok"])
    assert {"kind_matches", "name_found", "number_found"} <= {one["code"] for one in page["note"]["findings"]}
