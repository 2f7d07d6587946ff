/** Single keys on lists of posts: j and k walk, l likes, c comments, n begins a post, / searches, ? explains. Ctrl+/ explains always. */
import { show } from "./toast.js";

const OFF = "shortcuts-off";
const isOff = () => localStorage.getItem(OFF) !== null;
// Whoever is in one of these means what is there: a field or its form, a menu or an answer that is open, a dialog.
const BUSY = "[contenteditable], form:has(textarea, select, input:not([type=hidden])), details[open]:not(.veil), .reply, dialog";

const articles = () => [...document.querySelectorAll("#main article")];

/** The post one is at: the focused one, else the first that is not scrolled away. */
function current() {
  const focused = document.activeElement?.closest("#main article");
  return focused ?? articles().find((article) => article.getBoundingClientRect().bottom > innerHeight / 4);
}

function walk(step) {
  const all = articles();
  const here = document.activeElement?.closest("#main article");
  const to = here ? all[all.indexOf(here) + step] : current();
  to?.focus({ preventScroll: true });
  to?.scrollIntoView({ block: "start" });
}

function like() {
  const button = current()?.querySelector('[id^="like-button"]');
  button?.form.requestSubmit(button);
}

function compose() {
  if (document.body.classList.contains("signed-in")) location.assign("/new");
}

function search() {
  const field = document.querySelector("#search");
  if (field) field.select();
  else location.assign("/search");
}

const KEYS = {
  j: ["Next post", () => walk(1)],
  k: ["Previous post", () => walk(-1)],
  l: ["Like, or take the like back", like],
  c: ["Comment", () => current()?.querySelector('textarea[name="content"]:not(.reply *)')?.focus()],
  n: ["New post", compose],
  "/": ["Search", search],
  "?": ["This help", () => import("./shortcuts-help.js").then(({ help }) => help(KEYS, { isOff, turn }))],
};

function turn(off) {
  if (off) localStorage.setItem(OFF, "1");
  else localStorage.removeItem(OFF);
  show(off ? "Single keys are off. Ctrl and / brings them back." : "Single keys are on.");
}

function pressed(event) {
  const { key, ctrlKey, metaKey, altKey, target } = event;
  if (ctrlKey && key === "/") return KEYS["?"][1]();
  if (ctrlKey || metaKey || altKey || event.isComposing || isOff() || !Object.hasOwn(KEYS, key)) return undefined;
  if (target.closest?.(`input, textarea, select, ${BUSY}`) || document.querySelector("dialog[open]")) return undefined;
  event.preventDefault();
  return KEYS[key][1]();
}

/** Loaded at the `first` key that is pressed: who touches the screen needs none of this. */
export default function shortcuts(first) {
  addEventListener("keydown", pressed);
  pressed(first);
}
