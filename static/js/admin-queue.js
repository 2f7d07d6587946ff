/** Keys of the queue and of a case: j and k walk, x ticks, d and t choose what is done; the focus stays where one was. */
const PLACE = "queue-place";
const WRITING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

const links = (table) => [...table.querySelectorAll("tbody th a")];
const here = (table) => document.activeElement?.closest("tr")?.querySelector("th a") ?? null;

function walk(table, step) {
  const all = links(table);
  const at = all.indexOf(here(table));
  const to = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
  to?.focus();
  to?.closest("tr").scrollIntoView({ block: "nearest" });
}

function tick(table, on) {
  const box = here(table)?.closest("tr").querySelector("input[type=checkbox]");
  if (box) box.checked = on ?? !box.checked;
}

/** Choose what is done to the ticked ones, the one that has the focus among them; its reason comes next. */
function choose(table, action) {
  const form = document.getElementById("bulk");
  if (!form) return;
  tick(table, true);
  form.elements.action.value = action;
  form.elements.reason.focus();
}

const KEYS = {
  j: (table) => walk(table, 1),
  k: (table) => walk(table, -1),
  x: (table) => tick(table),
  d: (table) => choose(table, "dismiss"),
  t: (table) => choose(table, "takedown"),
};

/** Come back to the row at the place of the one that was decided. */
function list(table) {
  const place = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (place !== null && document.activeElement === document.body) links(table).at(Math.min(place, links(table).length - 1))?.focus();
  addEventListener("pagehide", () => {
    const at = links(table).indexOf(here(table));
    if (at >= 0) sessionStorage.setItem(PLACE, at);
  });
}

function decide(form, key) {
  const choice = [...form.querySelectorAll("[data-key]")].find(({ dataset }) => dataset.key === key);
  if (!choice) return false;
  choice.checked = true;
  form.elements.reason.focus();
  return true;
}

/** Attached to the table of the queue, and to the form that decides a case. */
export default function queue(element) {
  const isList = element.matches("table");
  if (isList) list(element);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(WRITING)) return;
    if (localStorage.getItem("shortcuts-off") !== null) return;
    const known = isList ? Object.hasOwn(KEYS, event.key) : decide(element, event.key);
    if (isList && known) KEYS[event.key](element);
    if (known) event.preventDefault();
  });
}
