"""The attract and home screens twice: as views for our screens, and the same words and looks as one static page."""

from __future__ import annotations

from html import escape
from pathlib import Path

from kiosk.visit.events import Back, CallHelp, Choose, Start
from kiosk.visit.views import Action, AttractView, Chrome, HomeView, Notice, Row, Tag, Tone

FONTS = Path(__file__).parent.parent / "assets" / "fonts"

ATTRACT = AttractView(
    name="attract",
    chrome=Chrome("根河市 24 小时政务服务区"),
    title="外地的事在这里办",
    spoken="",
    badge="24 小时自助服务",
    lines=("外地的事", "在这里办"),
    body=("跨省通办：社保、医保、户籍、就业等 127 项。", "请带好身份证和要交的材料，一般 10 分钟。"),
    start=Action("start", "点这里开始", Start()),
    health=Notice(Tone.GOOD, "设备正常"),
    desk="人工窗口：工作日 9:00–17:00 · 0470-000-0000",
)

HOME = HomeView(
    name="home",
    chrome=Chrome(
        "根河市 24 小时政务服务区", actions=(Action("quit", "退出", Back()), Action("help", "呼叫帮助", CallHelp()))
    ),
    title="您要做什么？",
    spoken="",
    main=Row("apply", "办事", "选好要办的地方和事情，交材料，拿凭条", event=Choose("apply")),
    tiles=(
        Row("progress", "查进度", "刷身份证或扫凭条上的码", event=Choose("progress")),
        Row("supplement", "补材料", "收到补正通知，在这里补", event=Choose("supplement")),
        Row("print", "打印凭证", "凭条、收件通知书、告知书", event=Choose("print")),
        Row("withdraw", "撤回申请", "决定作出前可以撤回", event=Choose("withdraw")),
    ),
    popular_title="常办的事",
    popular=(
        Row("a", "异地就医备案", tag=Tag(Tone.INFO, "全程网办"), event=Choose("a")),
        Row("b", "社会保障卡补领", tag=Tag(Tone.INFO, "代收代办"), event=Choose("b")),
        Row("c", "养老保险关系转移", tag=Tag(Tone.INFO, "全程网办"), event=Choose("c")),
    ),
)

STYLE = """
@font-face { font-family: SC; src: url("FONTS/NotoSansSC-Regular.ttf"); font-weight: 400 }
@font-face { font-family: SC; src: url("FONTS/NotoSansSC-Medium.ttf"); font-weight: 500 }
@font-face { font-family: SC; src: url("FONTS/NotoSansSC-Bold.ttf"); font-weight: 700 }
* { box-sizing: border-box; margin: 0 }
body { font: 400 34px/1.45 SC; background: #F5F7F9; color: #14202E; overflow: hidden; user-select: none }
main { position: absolute; inset: 0; display: flex; flex-direction: column; visibility: hidden }
main.on { visibility: visible }
header, footer { background: #fff; border: 0 solid #DCE3EA; padding: 0 48px; display: flex; align-items: center; gap: 24px }
header { height: 120px; border-bottom-width: 2px; font-weight: 500; font-size: 28px }
footer { height: 176px; border-top-width: 2px; font-size: 28px }
section { flex: 1; padding: 48px; display: flex; flex-direction: column; gap: 24px }
.middle { justify-content: center }
h1 { font-size: 60px; line-height: 1.3 } h1.hero { font-size: 84px } h2 { font-size: 44px }
p { color: #52616F }
.chip { background: #E7F0FA; color: #0B4FA3; border-radius: 10px; padding: 4px 18px; font-weight: 500; align-self: flex-start;
  font-size: 28px }
.good { background: #E6F4EC; color: #12683F; align-self: center }
.box { background: #fff; border: 2px solid #DCE3EA; border-radius: 14px; padding: 28px 36px }
.box:active { background: #E7F0FA }
.go { background: #0B4FA3; color: #fff; border: 0; text-align: center; font-size: 44px; font-weight: 500; padding: 56px }
.go:active { background: #083B7A }
.main { background: #0B4FA3; color: #fff; padding: 56px 36px } .main p { color: #D6E4F5 }
.grid { display: grid; grid-template-columns: 1fr 1fr; gap: 24px }
.row { display: flex; justify-content: space-between; align-items: center }
"""


def page() -> str:
    """Return both screens as one page; a click on the start button or on 退出 shows the other one."""

    def e(text: str) -> str:
        return escape(text)

    tiles = "".join(f'<div class="box"><h2>{e(t.title)}</h2><p>{e(t.detail)}</p></div>' for t in HOME.tiles)
    rows = "".join(
        f'<div class="box row"><span>{e(r.title)}</span><span class="chip">{e(r.tag.text if r.tag else "")}</span></div>'
        for r in HOME.popular
    )
    buttons = "".join(f'<div class="box" id="{a.key}">{e(a.text)}</div>' for a in HOME.chrome.actions)
    return f"""<!doctype html><meta charset="utf-8"><style>{STYLE.replace("FONTS", FONTS.as_uri())}</style>
<main class="on" id="attract"><header>{e(ATTRACT.chrome.place)}</header><section class="middle">
<span class="chip">{e(ATTRACT.badge)}</span><h1 class="hero">{"<br>".join(map(e, ATTRACT.lines))}</h1>
<p>{"<br>".join(map(e, ATTRACT.body))}</p><div class="box go" id="start">{e(ATTRACT.start.text)}</div></section>
<footer><span class="chip good">{e(ATTRACT.health.text)}</span><p>{e(ATTRACT.desk)}</p></footer></main>
<main id="home"><header>{e(HOME.chrome.place)}</header><section><h1>{e(HOME.title)}</h1>
<div class="box main"><h2>{e(HOME.main.title)}</h2><p>{e(HOME.main.detail)}</p></div><div class="grid">{tiles}</div>
<h2>{e(HOME.popular_title)}</h2>{rows}</section><footer>{buttons}</footer></main>
<script>
const swap = () => document.querySelectorAll("main").forEach(m => m.classList.toggle("on"));
document.getElementById("start").addEventListener("click", swap);
document.getElementById("quit").addEventListener("click", swap);
</script>"""
