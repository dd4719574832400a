"""The ledger as a plain ORM admin shows it: `count(*)` for the pager, `OFFSET` for the page, related rows one by one."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Template
from sqlalchemy import func, select

from central.casework.access import visible
from central.casework.who import Who
from central.store.database import Database
from central.store.models import Case, Document

PAGE = 50
_PAGE = Template(
    "<h1>{{ total }}</h1><table>{% for case, documents in rows %}<tr><td>{{ case.case_number }}<td>{{ case.item_name }}"
    "<td>{{ case.applicant_masked }}<td>{{ case.receiving_name }}<td>{{ case.handling_name }}<td>{{ case.received_at }}"
    "<td>{{ case.state }}<td>{% for one in documents %}{{ one.number }}{% endfor %}</tr>{% endfor %}</table>",
    autoescape=True,
)


def create(database: Database, who: Who) -> FastAPI:
    """The application: `/list?page=…&state=…&item=…`, `/search?q=…`."""
    app = FastAPI()

    def show(conditions: list[Any], page: int) -> HTMLResponse:
        with database.reading() as session:
            total = session.scalar(select(func.count()).select_from(Case).where(visible(who), *conditions)) or 0
            cases = session.scalars(
                select(Case)
                .where(visible(who), *conditions)
                .order_by(Case.received_at.desc())
                .offset(page * PAGE)
                .limit(PAGE)
            ).all()
            rows = [
                (case, session.scalars(select(Document).where(Document.case_seq == case.seq)).all()) for case in cases
            ]
            return HTMLResponse(_PAGE.render(total=total, rows=rows))

    @app.get("/list")
    def pages(page: int = 0, state: str = "", item: str = "") -> HTMLResponse:
        conditions = [Case.state == state] if state else []
        return show(conditions + ([Case.item_id == item] if item else []), page)

    @app.get("/search")
    def search(q: str) -> HTMLResponse:
        """As admins search: a part of the number, or of the masked name."""
        return show([Case.case_number.contains(q) | Case.applicant_masked.contains(q)], 0)

    return app
