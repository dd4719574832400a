/* Conveniences only: every page works without this file. Events are caught on the document, so that parts which htmx
   exchanges need no setting up.
   Rows to walk through with j and k: table[data-rows], each row with a link. Viewer of a page of material: see desk.css. */
"use strict";
document.documentElement.classList.add("js");

const typing = (node) => node.closest("input, textarea, select, [contenteditable]") !== null;
let dirty = null;
let place = null;

function walk(step) {
  const rows = [...document.querySelectorAll("table[data-rows] tbody tr")].filter((row) => row.querySelector("a[href]"));
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
  row.querySelector("a[href]").focus();
  row.scrollIntoView({ block: "nearest" });
}

function view(action) {
  const viewer = document.querySelector("[data-viewer]");
  if (!viewer) return false;
  const zoom = Number(viewer.dataset.zoom || 0);
  const turn = Number(viewer.dataset.turn || 0);
  const next = viewer.querySelector('[rel="next"]');
  const previous = viewer.querySelector('[rel="prev"]');
  if (action === "larger") viewer.dataset.zoom = Math.min(4, zoom + 1);
  else if (action === "smaller") viewer.dataset.zoom = Math.max(0, zoom - 1);
  else if (action === "turn") viewer.dataset.turn = (turn + 1) % 4;
  else if (action === "reset") { viewer.dataset.zoom = 0; viewer.dataset.turn = 0; }
  else if (action === "next" && next) next.click();
  else if (action === "previous" && previous) previous.click();
  else return false;
  return true;
}

const KEYS = { "+": "larger", "=": "larger", "-": "smaller", "0": "reset", "r": "turn", "ArrowRight": "next", "ArrowLeft": "previous" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
  else if (event.key === "?") document.getElementById("keyboard").showModal();
  else if (event.key === "/") {
    const field = document.querySelector('[data-key="/"]');
    if (!field) return;
    field.focus();
    field.select();
  } else if (!(event.key in KEYS) || !view(KEYS[event.key])) return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const tool = event.target.closest("[data-view]");
  if (tool) view(tool.dataset.view);
  if (event.target.closest("[data-print]")) window.print();
  const back = event.target.closest("[data-back]");
  if (back && history.length > 1) {
    event.preventDefault();
    event.stopImmediatePropagation();
    history.back();
  }
}, true);

/* A form that was filled in and not sent: ask before leaving. Filters are no loss. */
const words = () => document.getElementById("words").dataset;
const losing = () => dirty && dirty.isConnected && !confirm(words().unsaved);
document.addEventListener("input", (event) => {
  const form = event.target.closest("form");
  if (form && form.method === "post" && !form.hasAttribute("data-careless")) dirty = form;
});
document.addEventListener("submit", (event) => {
  dirty = null;
  const back = event.target.querySelector('input[type="hidden"][name="back"]');
  place = back ? back.value.split("#")[1] : null;
});
document.addEventListener("htmx:confirm", (event) => {
  if (event.detail.elt.tagName !== "A") return;
  if (losing()) event.preventDefault();
  else dirty = null;
});
window.addEventListener("beforeunload", (event) => {
  if (dirty && dirty.isConnected) event.preventDefault();
});

/* One request at a time, as in a browser without a script: another page takes the place of one that is still on its way.
   While a form is being saved nothing else begins: its answer would replace the page that one had gone on to. */
let underway = null;
function goesOn(request) {
  underway = request;
  document.body.setAttribute("aria-busy", String(request !== null));
}
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target !== document.body) return;
  if (underway && underway.saves) return event.preventDefault();
  if (underway) underway.xhr.abort();
  goesOn({ xhr: event.detail.xhr, saves: event.detail.requestConfig.verb !== "get" });
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (underway && underway.xhr === event.detail.xhr) goesOn(null);
});

/* The centre could not be reached. The page stays as it is, with everything that was typed. */
document.addEventListener("htmx:sendError", (event) => {
  if (event.detail.target !== document.body) return;
  const told = document.createElement("p");
  told.className = "alert bad";
  told.role = "alert";
  const saves = event.detail.requestConfig.verb !== "get";
  told.textContent = saves ? words().unsure : words().unreached;
  if (saves) dirty = event.detail.elt;
  const main = document.getElementById("main");
  main.querySelectorAll(":scope > [role=alert], :scope > .flash").forEach((older) => older.remove());
  main.prepend(told);
  told.scrollIntoView({ block: "nearest" });
});

/* After a boosted page change the reader of the page begins at its top, or in the field that waits for them; after a
   form that says where to go on, there: a redirect followed by a script does not tell its fragment. htmx scrolls right
   after this event, hence the wait. */
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target !== document.body) return;
  const main = document.getElementById("main");
  const spot = place && document.getElementById(place);
  (spot || main.querySelector("[autofocus]") || main).focus({ preventScroll: true });
  if (spot) setTimeout(() => spot.scrollIntoView({ block: "start" }));
  place = null;
  dirty = null;
});

/* A page of material: the wheel makes it larger or smaller, dragging moves it. */
document.addEventListener("wheel", (event) => {
  if (!event.target.closest("[data-viewer] .stage")) return;
  view(event.deltaY < 0 ? "larger" : "smaller");
  event.preventDefault();
}, { passive: false });
let held = null;
document.addEventListener("pointerdown", (event) => {
  const stage = event.target.closest("[data-viewer] .stage");
  if (!stage || event.button) return;
  held = { stage, x: event.clientX + stage.scrollLeft, y: event.clientY + stage.scrollTop };
  stage.classList.add("dragging");
  event.preventDefault();
});
document.addEventListener("pointermove", (event) => {
  if (!held) return;
  held.stage.scrollLeft = held.x - event.clientX;
  held.stage.scrollTop = held.y - event.clientY;
});
document.addEventListener("pointerup", () => {
  if (held) held.stage.classList.remove("dragging");
  held = null;
});
