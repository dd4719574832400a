"""The states of a case (办件) and the words in which a citizen reads them.

Submission (提交) is neither collection (收件) nor acceptance (受理): those are acts of a member of staff.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """State codes on the wire."""

    DRAFT = "DRAFT"
    QUEUED_OFFLINE = "QUEUED_OFFLINE"
    SUBMITTED = "SUBMITTED"
    PRE_REVIEW = "PRE_REVIEW"
    INTAKE_REVIEW = "INTAKE_REVIEW"
    VIDEO_CONSULT = "VIDEO_CONSULT"
    SUPPLEMENT_REQUIRED = "SUPPLEMENT_REQUIRED"
    RETURNED = "RETURNED"
    COLLECTED = "COLLECTED"
    TRANSFERRED = "TRANSFERRED"
    IN_TRANSIT = "IN_TRANSIT"
    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    UNDER_REVIEW = "UNDER_REVIEW"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    VERIFIED_BY_HANDLING = "VERIFIED_BY_HANDLING"
    LOCAL_PROCESSING = "LOCAL_PROCESSING"
    PARTIALLY_DONE = "PARTIALLY_DONE"
    RESULT_ISSUED = "RESULT_ISSUED"
    IN_DELIVERY = "IN_DELIVERY"
    READY_FOR_PICKUP = "READY_FOR_PICKUP"
    COMPLETED = "COMPLETED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    ARCHIVED = "ARCHIVED"

    @property
    def zh(self) -> str:
        """What a citizen reads, in Chinese."""
        return _TEXTS[self][0]

    @property
    def en(self) -> str:
        """The same in English."""
        return _TEXTS[self][1]


_TEXTS: dict[State, tuple[str, str]] = {
    State.DRAFT: ("正在填写", "Being filled in"),
    State.QUEUED_OFFLINE: ("已保存，网络恢复后自动上传", "Saved; it will be sent when the network is back"),
    State.SUBMITTED: ("已提交，等工作人员核对", "Submitted; staff will check it"),
    State.PRE_REVIEW: ("工作人员正在预审", "Staff are looking through it beforehand"),
    State.INTAKE_REVIEW: ("正在核对材料是否齐全", "Staff are checking that the documents are complete"),
    State.VIDEO_CONSULT: ("正与办理地视频核对", "Being checked by video with the handling place"),
    State.SUPPLEMENT_REQUIRED: ("请补齐材料", "Please add the missing documents"),
    State.RETURNED: ("材料已退回，原因见告知", "Documents returned; the notice says why"),
    State.COLLECTED: ("已收件", "Collected by staff"),
    State.TRANSFERRED: ("已转到办理地", "Passed on to the handling place"),
    State.IN_TRANSIT: ("材料正在邮寄", "Documents are in the post"),
    State.RECEIVED: ("办理地已收到", "Received by the handling place"),
    State.ACCEPTED: ("已受理", "Accepted"),
    State.NOT_ACCEPTED: ("不予受理，原因见通知书", "Not accepted; the notice says why"),
    State.UNDER_REVIEW: ("正在审查", "Under review"),
    State.APPROVED: ("已通过", "Approved"),
    State.REJECTED: ("未通过，原因见通知书", "Not approved; the notice says why"),
    State.VERIFIED_BY_HANDLING: ("办理地已核验", "Verified by the handling place"),
    State.LOCAL_PROCESSING: ("本地窗口正在办理", "Being handled at the local desk"),
    State.PARTIALLY_DONE: ("部分地方已办好", "Done in some of the places"),
    State.RESULT_ISSUED: ("结果已出", "The result is out"),
    State.IN_DELIVERY: ("结果正在送达", "The result is on its way"),
    State.READY_FOR_PICKUP: ("请来领取", "Ready for you to collect"),
    State.COMPLETED: ("已办结", "Completed"),
    State.WITHDRAWN: ("已撤回", "Withdrawn"),
    State.EXPIRED: ("逾期未补，已终止", "Ended: the missing documents did not come in time"),
    State.REVOKED: ("结果已撤销", "The result was revoked"),
    State.ARCHIVED: ("已办结", "Completed"),
}
