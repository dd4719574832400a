"""The forms of acts: what was typed, kept as it was typed, and the act it stands for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from starlette.datastructures import FormData

from central.casefile import Dossier, MaterialView, PointView
from central.casework import guards
from central.casework.acts import Act, NextAct, Problem, Words
from central.casework.checklist import WHOLE
from central.casework.guards import REFUSAL_KINDS, RETURNED_WAYS
from central.casework.listed import FIELD, MATERIAL, Subject
from central.desk.frame import text, whole

MOST_PROBLEMS = 60
MOST_DAYS = 60
"""Working days to supplement; the service refuses more."""
BLANK_LINES = 1
LONGEST = 2000

ENDS = frozenset(
    {
        "return", "return_materials", "refuse", "refuse_not_crossable", "reject", "verify_fail", "revoke", "withdraw",
    }
)  # fmt: skip
"""Acts that cannot be taken back."""
CONFIRMED = ENDS | {"notify_once"}
"""Acts that are read over once more before they are done: these, and the notice that must be complete at once."""
EXTRAS = (
    "refusal_kind", "advice", "returned", "result_number", "result_text", "archive_number", "waybill",
    "false_material",
)  # fmt: skip
REFUSALS: Mapping[str, Words] = REFUSAL_KINDS
RETURNED: Mapping[str, Words] = RETURNED_WAYS

LICENSING_LAW = "《中华人民共和国行政许可法》第三十二条第一款第（四）项"
"""One-time notice of everything that must be supplemented (norms.md)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of problems, as typed."""

    subject: str = ""
    what: str = ""
    basis: str = ""
    remedy: str = ""
    tolerable: bool = False

    @property
    def blank(self) -> bool:
        """Nobody wrote what is wrong or how to put it right, or about what: the basis alone is a suggestion."""
        return not (self.subject or self.what or self.remedy)


@dataclass(frozen=True, slots=True, repr=False)
class Filled:
    """An act's form as it was filled in."""

    reason: str = ""
    basis: str = ""
    lines: tuple[Line, ...] = ()
    supplement_days: str = ""
    extra: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(EXTRAS, ""))

    @property
    def typed(self) -> bool:
        """Somebody wrote something."""
        return bool(self.reason or self.basis or any(self.extra.values()) or any(not one.blank for one in self.lines))

    def act(self, case_number: str, next_act: NextAct, version: int, codes: Mapping[str, str]) -> Act:
        """The act. `codes` are the codes of materials by name."""
        return Act(
            case_number=case_number,
            event=next_act.event,
            version=version,
            sub_case_id=next_act.sub_case_id,
            reason=self.reason,
            basis=self.basis,
            problems=tuple(
                Problem(line.subject, line.what, line.basis, line.remedy, line.tolerable, codes.get(line.subject, ""))
                for line in self.lines
                if not line.blank
            ),
            supplement_days=self.days,
            extra={name: value for name, value in self.extra.items() if value},
        )

    @property
    def days(self) -> int | None:
        """Working days to supplement; None: the profile's. What is no number is 0, which is refused."""
        if not self.supplement_days:
            return None
        return whole(self.supplement_days) or 0

    def with_line(self, line: Line | None) -> Filled:
        """With one more line."""
        kept = tuple(one for one in self.lines if not one.blank)
        return self if line is None else replace(self, lines=(*kept, line))

    def archived_as(self, number: str) -> Filled:
        """With the number that the archive gave."""
        return replace(self, extra={**self.extra, "archive_number": number})

    def with_blanks(self, basis: str) -> Filled:
        """With empty lines at the end to write into."""
        kept = tuple(line for line in self.lines if not line.blank)
        blanks = (Line(basis=basis),) * min(BLANK_LINES, MOST_PROBLEMS - len(kept))
        return replace(self, lines=kept + blanks)


def read(form: FormData) -> Filled:
    """What was typed."""
    lines = tuple(
        Line(
            text(form, f"subject_{n}", 200) or text(form, f"other_{n}", 200),
            text(form, f"what_{n}", LONGEST),
            text(form, f"basis_{n}", 500),
            text(form, f"remedy_{n}", LONGEST),
            text(form, f"tolerable_{n}", 3) == "yes",
        )
        for n in range(MOST_PROBLEMS)
        if f"subject_{n}" in form
    )
    return Filled(
        reason=text(form, "reason", LONGEST),
        basis=text(form, "basis", 500),
        lines=lines,
        supplement_days=text(form, "supplement_days", 4),
        extra={name: text(form, name, LONGEST) for name in EXTRAS},
    )


MISSING, SOMETHING_ELSE = "missing", "else"
"""What may be wrong with a material besides its points."""


def picked(choice: str, listed: Sequence[Subject], basis: str) -> Line | None:
    """The line for what was chosen of the list (`kind:code:point`); None: nothing was."""
    kind, _, rest = choice.partition(":")
    code, _, point = rest.rpartition(":")
    one = next((one for one in listed if (one.kind, one.code) == (kind, code)), None)
    if one is None:
        return None
    name = one.words.zh
    if one.kind != MATERIAL:
        return Line(name, "", basis, f"请更正：{name}" if one.kind == FIELD else "")
    if point == MISSING:
        return Line(name, "没有提交", basis, f"请补交：{name}")
    number = whole(point)
    said = "" if number is None or number >= len(one.points) else one.points[number]
    return Line(name, f"不符合：{said}" if said else "", basis, f"请重新提供：{said or name}")


def prefilled(dossier: Dossier, act: NextAct, days: int, asked: str) -> Filled:
    """What the form begins with: the problems that the formal check found, and where they are written; of a withdrawal,
    what the applicant `asked` in their own words.
    """
    basis = dossier.item.basis or guide(dossier)
    filled = Filled(
        reason=asked if act.event == "withdraw" else "",
        basis=basis if "basis" in act.needs else "",
        supplement_days=str(days) if "supplement_days" in act.needs else "",
        extra=dict.fromkeys(EXTRAS, ""),
    )
    if "problems" not in act.needs:
        return filled
    found = [_line(material, point, basis) for material, point in dossier.failed]
    missing = [
        Line(one.name, "没有提交", basis, f"请补交：{one.name}", one.tolerable)
        for one in dossier.materials
        if one.met_by is None and one.necessity == "required" and one.passed is None
    ]
    listed = (*found, *missing)
    reason = "；".join(f"{line.subject}：{line.what}" for line in listed) if "reason" in act.needs else ""
    return replace(filled, reason=reason, lines=listed).with_blanks(basis)


def lacking(act: Act, next_act: NextAct) -> Words | None:
    """What the form still lacks, by the rules that the service itself applies."""
    missing = [guards.not_given(guard, act) for guard, need in guards.NEEDS.items() if need in next_act.needs]
    return next((words for words in (*missing, guards.extra_not_given(act.event, act)) if words is not None), None)


def guide(dossier: Dossier) -> str:
    """The handling place's guide, where an item names no legal basis of its own."""
    return f"办事指南《{dossier.item.name}》申请材料"


def suggestions(dossier: Dossier, act: NextAct) -> tuple[str, ...]:
    """Bases to choose from; anything else may be written."""
    written = (dossier.item.basis, guide(dossier), LICENSING_LAW if dossier.item.licence else "", act.basis)
    return tuple(dict.fromkeys(one for one in written if one and "[" not in one))


def _line(material: MaterialView, point: PointView, basis: str) -> Line:
    what = point.problem or (f"不符合：{point.text}" if point.index != WHOLE else "不符合要求")
    remedy = f"请重新提供：{point.text}" if point.text else f"请重新提供{material.name}"
    return Line(material.name, what, basis, remedy, material.tolerable)
