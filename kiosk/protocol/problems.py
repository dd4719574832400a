"""Problem types (RFC 9457): why the centre refused, whether trying again helps, and what to tell people."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from kiosk.protocol.model import Message

MEDIA_TYPE = "application/problem+json"


class ProblemType(StrEnum):
    """`type` of a problem document."""

    ALREADY_DONE = "urn:tongban:problem:already-done"
    BAD_REQUEST = "urn:tongban:problem:bad-request"
    CANNOT_OPEN = "urn:tongban:problem:cannot-open"
    DIGEST_MISMATCH = "urn:tongban:problem:digest-mismatch"
    IDEMPOTENCY_KEY_MISSING = "urn:tongban:problem:idempotency-key-missing"
    IDEMPOTENCY_KEY_REUSED = "urn:tongban:problem:idempotency-key-reused"
    INVALID_MESSAGE = "urn:tongban:problem:invalid-message"
    IN_FLIGHT = "urn:tongban:problem:in-flight"
    NOT_AUTHORISED = "urn:tongban:problem:not-authorised"
    NOT_FOUND = "urn:tongban:problem:not-found"
    NOT_YOURS = "urn:tongban:problem:not-yours"
    PARTS_MISSING = "urn:tongban:problem:parts-missing"
    STORAGE_FULL = "urn:tongban:problem:storage-full"
    TOO_LARGE = "urn:tongban:problem:too-large"
    TOO_MANY_TRIES = "urn:tongban:problem:too-many-tries"
    UNAUTHORISED = "urn:tongban:problem:unauthorised"
    UNKNOWN_KEY = "urn:tongban:problem:unknown-key"
    UPLOAD_LENGTH_DIFFERS = "urn:tongban:problem:upload-length-differs"
    WRONG_OFFSET = "urn:tongban:problem:wrong-offset"
    WRONG_STATE = "urn:tongban:problem:wrong-state"

    @property
    def status(self) -> int:
        """HTTP status it is sent with."""
        return _TABLE[self][0]

    @property
    def final(self) -> bool:
        """Sending the same again can never succeed: a person must look."""
        return _TABLE[self][1]

    @property
    def en(self) -> str:
        """A short English sentence."""
        return _TABLE[self][2]

    @property
    def zh(self) -> str:
        """The same in Chinese, for staff and technicians."""
        return _TABLE[self][3]


_TABLE: dict[ProblemType, tuple[int, bool, str, str]] = {
    ProblemType.ALREADY_DONE: (409, True, "This has been done before", "已经办过，不能重复"),
    ProblemType.BAD_REQUEST: (400, True, "The request makes no sense", "请求格式不对"),
    ProblemType.CANNOT_OPEN: (422, True, "The sealed content does not open", "密封内容无法打开"),
    ProblemType.DIGEST_MISMATCH: (460, False, "The bytes do not match their digest", "内容与摘要不符"),
    ProblemType.IDEMPOTENCY_KEY_MISSING: (400, True, "Idempotency-Key is missing or wrong", "缺少幂等键或幂等键不对"),
    ProblemType.IDEMPOTENCY_KEY_REUSED: (422, True, "Another submission used this key", "该幂等键已用于其他内容"),
    ProblemType.INVALID_MESSAGE: (422, True, "The message does not follow the contract", "内容不符合接口约定"),
    ProblemType.IN_FLIGHT: (409, False, "The same submission is being handled now", "同一申请正在处理"),
    ProblemType.NOT_AUTHORISED: (403, False, "No written authorisation in force covers this", "没有有效的属地书面授权"),
    ProblemType.NOT_FOUND: (404, False, "Nothing is here", "没有找到"),
    ProblemType.NOT_YOURS: (422, True, "The proof does not belong to this case", "凭证与该办件不符"),
    ProblemType.PARTS_MISSING: (409, False, "Parts of the envelope have not been uploaded", "还有文件没有上传完"),
    ProblemType.STORAGE_FULL: (507, False, "The centre has no room left", "中心存储空间已满"),
    ProblemType.TOO_LARGE: (413, True, "The body is larger than allowed", "内容超过允许的大小"),
    ProblemType.TOO_MANY_TRIES: (429, False, "Too many wrong query codes", "查询码输错次数太多，请稍后再试"),
    ProblemType.UNAUTHORISED: (401, False, "The token is not known", "接入令牌无效"),
    ProblemType.UNKNOWN_KEY: (422, True, "Sealed to a key this centre does not have", "所用公钥不属于本中心"),
    ProblemType.UPLOAD_LENGTH_DIFFERS: (409, True, "This upload was begun with another length", "续传的长度前后不一"),
    ProblemType.WRONG_OFFSET: (409, False, "The upload stands at another offset", "续传位置不对"),
    ProblemType.WRONG_STATE: (409, True, "The case is not in a state that allows this", "办件当前状态不允许此操作"),
}


class Problem(Message):
    """A problem document. `detail` never repeats what was sent."""

    type: ProblemType
    title: str
    title_zh: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str = ""


def problem(kind: ProblemType, detail: str = "") -> Problem:
    """The document for `kind`."""
    return Problem(type=kind, title=kind.en, title_zh=kind.zh, status=kind.status, detail=detail)
