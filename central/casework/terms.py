"""The words of casework as codes: actors, roles, rights, events, documents, notices, clocks, guards, flags.

Chinese and English names of events, documents and clocks stand in assets/casework/lifecycle.json.
"""

from __future__ import annotations

from enum import StrEnum


class Actor(StrEnum):
    """Who does an act, seen from the case."""

    APPLICANT = "applicant"
    KIOSK = "kiosk"
    RECEIVING_DESK = "receiving_desk"
    """收件地窗口"""
    PICKUP_DESK = "pickup_desk"
    """领取地窗口: where the applicant collects the result; the receiving desk, unless another place was chosen (R111)."""
    HANDLING_DESK = "handling_desk"
    """办理地窗口"""
    HANDLING_DEPT = "handling_dept"
    """办理地审批部门"""
    ACCEPTING = "accepting"
    """Whoever accepts under the case's profile: HANDLING_DEPT, or RECEIVING_DESK."""
    CARRIER = "carrier"
    SYSTEM = "system"


class Role(StrEnum):
    """What a member of staff may do. The last three exclude all others and each other (三权分立)."""

    WINDOW = "window"
    """窗口: receives, checks the form, forwards, delivers."""
    APPROVER = "approver"
    """审批: accepts and decides for the handling place (R014)."""
    SUPERVISOR = "supervisor"
    """主管: sees its region, reviews second supplements, opens rectifications."""
    CATALOGUE_EDITOR = "catalogue_editor"
    CATALOGUE_REVIEWER = "catalogue_reviewer"
    ADMINISTRATOR = "administrator"
    """系统管理员: units, users, contacts, grants."""
    SECURITY = "security"
    """安全管理员: roles, locks, second factors."""
    AUDITOR = "auditor"
    """审计员: reads the audit trail."""


APART = frozenset({Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR})
"""Roles that go with no other role."""


class Right(StrEnum):
    """The four rights that places grant each other (R147)."""

    COLLECT = "collect"
    """收件受理权"""
    NOTIFY_ONCE = "notify_once"
    """一次性告知权"""
    VERIFY_ORIGINAL = "verify_original"
    """原件核验权"""
    DELIVER_RESULT = "deliver_result"
    """审批结果送达权"""


class DocumentKind(StrEnum):
    """文书. `submission_slip` is printed by the terminal, `decision` is the handling place's own."""

    SUBMISSION_SLIP = "submission_slip"
    COLLECTION_NOTICE = "collection_notice"
    ACCEPTANCE_RECEIPT = "acceptance_receipt"
    ONE_TIME_NOTICE = "one_time_notice"
    NOT_ACCEPT_NOTICE = "not_accept_notice"
    REJECTION_NOTICE = "rejection_notice"
    WITHDRAWAL_CONFIRMATION = "withdrawal_confirmation"
    MATERIAL_HANDOVER_LIST = "material_handover_list"
    MAILING_LABEL = "mailing_label"
    DECISION = "decision"


class NoticeKind(StrEnum):
    """通知 N1…N12."""

    SUBMITTED = "N1"
    COLLECTED = "N2"
    SUPPLEMENT_REQUIRED = "N3"
    RETURNED = "N4"
    FORWARDED = "N5"
    ACCEPTED = "N6"
    DECIDED = "N7"
    RESULT_READY = "N8"
    WITHDRAWN = "N9"
    PLEASE_RATE = "N10"
    SUPPLEMENT_DUE_SOON = "N11"
    OVERDUE_APOLOGY = "N12"


class ClockKind(StrEnum):
    """时钟 C1…C8. C6 of lifecycle.md is two periods one after the other: to decide (C6), and then to deliver (C6b)."""

    TRANSMISSION = "C1"
    MAILING = "C2"
    SUPPLEMENT = "C3"
    PROMISE = "C4"
    ONE_TIME_NOTICE = "C5"
    STATUTORY_DECISION = "C6"
    STATUTORY_DELIVERY = "C6b"
    HAND_OVER = "C7"
    AGEING = "C8"


class ShipmentFlag(StrEnum):
    """The paper track beside the electronic one."""

    NONE = "none"
    TO_SEND = "to_send"
    SENT = "sent"
    DELIVERED = "delivered"
    EXCEPTION = "exception"


class Guard(StrEnum):
    """What must hold before a transition; `central.casework.guards` says when, and what is missing otherwise."""

    SUBMISSION_COMPLETE = "submission_complete"
    ITEM_HAS_PREREVIEW = "item_has_prereview"
    PROFILE_HAS_VIDEO = "profile_has_video"
    PROFILE_ALLOWS_HANDLING_SUPPLEMENT = "profile_allows_handling_supplement"
    VIDEO_CLEARED = "video_cleared"
    VIDEO_NOT_REQUIRED = "video_not_required"
    FORMAL_CHECK_PASSED = "formal_check_passed"
    SUPPLEMENT_CHECKED = "supplement_checked"
    HANDLING_PLACE_CONTACTED = "handling_place_contacted"
    PAPER_NEEDED = "paper_needed"
    SEVERAL_HANDLING_PLACES = "several_handling_places"
    DELIVERY_BY_POST = "delivery_by_post"
    DELIVERY_TO_APPLICANT = "delivery_to_applicant"
    DELIVERY_AT_DESK = "delivery_at_desk"
    DELIVERY_ELECTRONIC = "delivery_electronic"
    WITHDRAWAL_REQUESTED = "withdrawal_requested"
    NOT_RATED = "not_rated"
    REASON_GIVEN = "reason_given"
    BASIS_GIVEN = "basis_given"
    PROBLEMS_LISTED = "problems_listed"
    FALSE_MATERIAL_FOUND = "false_material_found"
