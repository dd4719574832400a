"""The actions of the audit trail in words that an auditor reads. The trail itself keeps the codes."""

from __future__ import annotations

from collections.abc import Mapping

from central.casehistory import event_words
from central.casework import lifecycle
from central.casework.acts import Words
from kiosk.protocol.states import State

ACTIONS: Mapping[str, Words] = {
    "sign_in": Words("登录", "Signed in"),
    "sign_in.failed": Words("登录失败", "Sign-in failed"),
    "sign_in.unknown": Words("用不存在的账号登录", "Sign-in with an unknown login"),
    "sign_in.locked": Words("锁定期间登录", "Sign-in while locked"),
    "sign_in.disabled": Words("用已停用的账号登录", "Sign-in with a disabled account"),
    "sign_out": Words("退出", "Signed out"),
    "locked": Words("账号被锁定", "Account locked"),
    "password.changed": Words("更改口令", "Password changed"),
    "second_factor.enrolled": Words("绑定动态口令", "Authenticator set up"),
    "user.created": Words("登记人员", "Member of staff recorded"),
    "user.edited": Words("修改人员", "Member of staff changed"),
    "user.roles": Words("授予角色", "Roles given"),
    "user.disabled": Words("停用账号", "Account disabled"),
    "user.enabled": Words("恢复账号", "Account enabled"),
    "user.unlocked": Words("解除锁定", "Account unlocked"),
    "user.password_set": Words("重置口令", "Password set anew"),
    "user.second_factor_reset": Words("重置动态口令", "Authenticator reset"),
    "unit.created": Words("登记单位", "Unit recorded"),
    "unit.edited": Words("修改单位", "Unit changed"),
    "grant.recorded": Words("登记授权", "Grant recorded"),
    "grant.revoked": Words("撤销授权", "Grant revoked"),
    "agreement.recorded": Words("登记合作协议", "Agreement recorded"),
    "agreement.ended": Words("终止合作协议", "Agreement ended"),
    "scope.edited": Words("修改通办范围", "Scope edited"),
    "contact.created": Words("登记联系人", "Contact recorded"),
    "contact.edited": Words("修改联系人", "Contact changed"),
    "contact.removed": Words("删除联系人", "Contact removed"),
    "platform.added": Words("登记对接平台", "Platform added"),
    "platform.key": Words("登记平台公钥", "Platform's key registered"),
    "platform.took": Words("平台取得数据", "Platform was given data"),
    "authorisation.recorded": Words("登记属地书面授权", "Written authorisation recorded"),
    "authorisation.ended": Words("终止属地书面授权", "Written authorisation ended"),
    "platform.revoked": Words("撤销对接平台", "Platform revoked"),
    "pickup.card": Words("核对领取人证件", "Card compared at the hand-over"),
    "help_task.taken": Words("接下帮办任务", "Call for help taken"),
    "help_task.closed": Words("帮办任务办结", "Call for help closed"),
    "reveal": Words("查看完整信息", "Looked at in full"),
    "case.retention_deleted": Words("按保存期限删除", "Deleted: its period of retention is over"),
    "export": Words("导出台账", "Ledger exported"),
    "licence.asked": Words("终端查询电子证照", "A terminal asked for e-licences"),
    "document.viewed": Words("查看文书", "Document looked at"),
    "document.fetched": Words("取得文书", "Document fetched"),
    "document.voided": Words("作废文书", "Document voided"),
    "rating.verified": Words("核实差评", "Bad rating verified"),
    "rating.measures": Words("登记整改措施", "Measures recorded"),
    "rating.called_back": Words("差评回访", "Called back"),
    "rating.closed": Words("差评办结", "Bad rating closed"),
    "complaint.read": Words("查看投诉", "Complaint read"),
    "complaint.taken": Words("受理投诉", "Complaint taken"),
    "complaint.closed": Words("投诉办结", "Complaint closed"),
    "rectification.opened": Words("发出整改单", "Rectification opened"),
    "rectification.replied": Words("答复整改单", "Rectification replied to"),
    "rectification.closed": Words("整改单销号", "Rectification closed"),
    "revisit.drawn": Words("抽取回访", "Revisits drawn"),
    "revisit.called": Words("登记回访", "Revisit recorded"),
    "catalogue.handed_in": Words("目录修改交审核", "Catalogue change handed in"),
    "catalogue.approved": Words("目录修改审核通过", "Catalogue change approved"),
    "catalogue.sent_back": Words("目录修改退回", "Catalogue change sent back"),
    "catalogue.dropped": Words("放弃目录修改", "Catalogue change given up"),
    "catalogue.published": Words("发布目录", "Catalogue published"),
    "catalogue.group": Words("登记终端分组", "Group of terminals recorded"),
    "catalogue.everybody": Words("向所有终端放开版本", "Version given to all terminals"),
    "catalogue.taken_back": Words("收回版本", "Version taken back"),
    "audit.verified": Words("核验审计记录", "Audit trail verified"),
    "audit.anchored": Words("导出锚点", "Anchor exported"),
}

_NAMES: Mapping[str, Words] = {
    "source": Words("原状态", "from"),
    "target": Words("变为", "to"),
    "version": Words("办件版本", "version of the case"),
    "place": Words("办理地", "place"),
    "material": Words("材料", "material"),
    "point": Words("要点", "point"),
    "passed": Words("通过", "passed"),
    "purpose": Words("用途", "purpose"),
    "filters": Words("条件", "filters"),
    "kind": Words("种类", "kind"),
    "reason": Words("原因", "reason"),
    "outcome": Words("结果", "outcome"),
    "asked": Words("查询材料", "asked about"),
    "found": Words("查到份数", "found"),
    "channel": Words("渠道", "channel"),
    "way": Words("方式", "way"),
    "unit": Words("单位", "unit"),
    "draft": Words("修改稿", "draft"),
    "what": Words("内容", "what"),
    "roles": Words("角色", "roles"),
    "sectors": Words("分管领域", "sectors"),
    "region": Words("区划", "division"),
    "before": Words("原来", "before"),
    "after": Words("改为", "after"),
    "genuine": Words("属实", "true"),
    "entries": Words("条目", "entries"),
    "effective": Words("生效", "in effect"),
    "platform": Words("平台", "platform"),
    "right": Words("内容", "right"),
    "rights": Words("可取得", "rights"),
    "authority": Words("授权单位", "authority"),
    "authorisation": Words("授权文号", "authorisation"),
    "divisions": Words("区划", "divisions"),
    "until": Words("截止", "until"),
    "count": Words("条数", "count"),
    "page": Words("页", "page"),
    "next_after": Words("读到", "read up to"),
    "key": Words("公钥编号", "key"),
}


def action_words(action: str) -> Words:
    """What an action is called; one that is not known by its code."""
    group, _, event = action.partition(".")
    return event_words(event) if group == "case" else ACTIONS.get(action, Words(action, action))


def said(detail: Mapping[str, object]) -> list[tuple[Words, Words]]:
    """An entry's detail: names and values, states by their names."""
    return [(_NAMES.get(name, Words(name, name)), _value(_counted(name, value))) for name, value in detail.items()]


def _counted(name: str, value: object) -> object:
    """Points of a material are counted from 1, as on the case page; less than 0 is no point (`FormalCheck.point`)."""
    if name != "point" or not isinstance(value, int):
        return value
    return value + 1 if value >= 0 else None


def _value(value: object) -> Words:
    if isinstance(value, bool):
        return Words("是", "yes") if value else Words("否", "no")
    if isinstance(value, dict):
        parts = [f"{name}={_value(one).zh}" for name, one in value.items()]
        text = "，".join(parts) or "—"
    elif isinstance(value, list):
        text = "、".join(str(one) for one in value) or "—"
    else:
        text = "—" if value in (None, "") else str(value)
    return lifecycle.load().states[State(text)] if text in set(State) else Words(text, text)
