"""The demonstration's agreements: 平罗县 with four places, point to point (R046), and the alliance 呼包鄂乌 (R137)."""

from __future__ import annotations

from datetime import datetime

from central.agreements import editing
from central.casework.acts import Words
from central.casework.who import SYSTEM
from central.catalogue import publishing
from central.centre import CentreParts
from central.times import CHINA
from kiosk.protocol.agreements import Agreement

LOCAL_ITEMS = ("C021", "C025")
"""On no national list: these need an agreement."""
HOME, PARTNERS = "640221", ("371621", "140823", "371325", "370104")
"""平罗县; 惠民县, 闻喜县, 费县, 槐荫区."""
FOUR_CITIES = ("1501", "1502", "1506", "1509")
"""呼和浩特, 包头, 鄂尔多斯, 乌兰察布."""
ALLIANCE = "hu_bao_e_wu"


def record(centre: CentreParts, began: datetime) -> None:
    """Record them as in force from the day of `began`, before any case came."""
    key, since = centre.keys.signing, began.astimezone(CHINA).date()
    with centre.database.writing() as session:
        published = publishing.latest(session, "agreements")
        at = began if published is None else published.effective_at
        editing.add_alliance(
            session, key, SYSTEM, ALLIANCE, Words("呼包鄂乌通办", "Hohhot–Baotou–Ordos–Ulanqab"), FOUR_CITIES, at
        )
        editing.name_locally(session, key, SYSTEM, ALLIANCE, "150626", Words("呼包鄂乌互办", "Four cities"), at)
        for partner in PARTNERS:
            agreement = Agreement(
                number="0000",
                receiving=(HOME,),
                handling=(partner,),
                items=LOCAL_ITEMS,
                scope="cross_province",
                since=since,
                basis="政务服务点对点通办合作协议（演示）",
            )
            editing.record(session, key, SYSTEM, agreement, at)
        among = Agreement(
            number="0000",
            receiving=FOUR_CITIES,
            handling=FOUR_CITIES,
            scope=ALLIANCE,
            since=since,
            basis="呼包鄂乌政务服务合作协议（演示）",
        )
        editing.record(session, key, SYSTEM, among, at)
