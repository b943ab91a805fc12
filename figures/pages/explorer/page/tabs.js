// One tab a question.  A tab reads its data and draws itself when it is first opened.

const TABS = [];

function tab(key, open) {
  TABS.push({ key, open, opened: false });
}

function dataOf(key) {
  return JSON.parse(document.getElementById("data-" + key).textContent);
}

function show(key, focus = false) {
  for (const each of TABS) {
    const chosen = each.key === key;
    const button = document.getElementById("tab-" + each.key);
    button.setAttribute("aria-selected", chosen);
    button.tabIndex = chosen ? 0 : -1;
    document.getElementById("panel-" + each.key).hidden = !chosen;
    if (chosen && focus) button.focus();
  }
  remember({ tab: key });
  const chosen = TABS.find(each => each.key === key);
  if (chosen.opened) return;
  chosen.opened = true;
  const fill = () => chosen.open(document.querySelector(`#panel-${key} .content`), dataOf(key));
  // The first tab's data stand before this script; the others' may still be on their way.
  if (document.getElementById("data-" + key) && key === TABS[0].key) fill();
  else if (document.readyState === "loading") addEventListener("DOMContentLoaded", fill);
  else fill();
}

function startTabs() {
  const list = document.querySelector("[role=tablist]");
  list.addEventListener("click", event => {
    const button = event.target.closest("[role=tab]");
    if (button) show(button.dataset.key);
  });
  list.addEventListener("keydown", event => {
    const at = TABS.findIndex(each => each.key === state.get("tab"));
    const last = TABS.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(TABS[to].key, true);
  });
  addEventListener("hashchange", () => location.reload());
  const asked = state.get("tab");
  show(TABS.some(each => each.key === asked) ? asked : TABS[0].key);
}
