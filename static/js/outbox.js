/** What waits for a connection, shown where it belongs: a note that counts it, comments in their place, likes pressed. */
import { flip } from "./optimistic.js";
import { announce, icon, show } from "./toast.js";

const plural = (n) => `${n} thing${n === 1 ? " waits" : "s wait"} for a connection`;
const contentOf = ({ body }) => new URLSearchParams(body).get("content");

/** The form that wrote an entry, if it stands on this page. */
function formOf({ path, body }) {
  const parent = new URLSearchParams(body).get("parent_id") ?? "";
  return [...document.forms].find((form) => form.getAttribute("action") === path && (form.elements.parent_id?.value ?? "") === parent);
}

/** A like that waits looks like one, and its button asks for the opposite from now on. */
function press(form) {
  const button = form.querySelector("button[aria-pressed]");
  if (!button) return;
  const [, base, un, verb] = /^(.*\/)(un)?(\w+)$/.exec(form.getAttribute("action"));
  if ((button.getAttribute("aria-pressed") === "true") === Boolean(un)) flip(form);
  const other = base + (un ? verb : `un${verb}`);
  form.setAttribute("action", other);
  form.setAttribute("hx-post", other);
}

function make(name, className, text = "") {
  return Object.assign(document.createElement(name), { className, textContent: text });
}

/** What waits looks like what stands there: a message in its conversation, a comment below its post. */
function bubble(entry, words, inTalk) {
  const item = make("li", inTalk ? "said own sending unsent" : "comment unsent");
  const body = make("div", inTalk ? "bubble" : "");
  const text = make("p", "", words);
  const note = make("p", inTalk ? "when" : "quiet small", entry.refused ?? "Waits for a connection");
  item.id = `waiting-${entry.id}`;
  text.dir = "auto";
  body.append(text);
  item.append(body, note);
  return item;
}

function place(entry) {
  const words = contentOf(entry);
  const form = formOf(entry);
  if (!form) return;
  if (words === null) return void press(form);
  const target = form.getAttribute("hx-target");
  const there = document.getElementById(`waiting-${entry.id}`);
  if (there) return void (entry.refused && there.replaceWith(bubble(entry, words, !target)));
  // A page that is about to draw it by itself, with the worker's answer, has another text waiting in its form by now.
  if (!target && document.querySelector(".said.sending:not(.unsent)")) return;
  document.querySelector(target ?? "#messages")?.append(bubble(entry, words, !target));
  if (form.elements.content.value === words) form.reset();
}

/** What the server made of it takes the place of what waited. */
function settle({ id, html }) {
  const there = document.getElementById(`waiting-${id}`);
  if (!there) return;
  const answer = document.createElement("template");
  answer.innerHTML = html;
  const real = answer.content.querySelector("li");
  if (!real) return void there.remove();
  there.replaceWith(real);
  self.htmx?.process(real);
}

function note(outbox) {
  document.getElementById("waiting-note")?.remove();
  if (!outbox.length || location.pathname === "/waiting") return;
  const refused = outbox.filter((entry) => entry.refused).length;
  const link = document.createElement("a");
  link.id = "waiting-note";
  link.href = "/waiting";
  link.className = "outbox-note";
  link.append(icon(refused ? "alert" : "bell"), refused ? `${refused} of what you wrote could not be sent` : plural(outbox.length));
  document.getElementById("main")?.prepend(link);
}

const nudge = () => navigator.serviceWorker.controller?.postMessage("online");
let timer;

/** Called with each word of the service worker. */
export function heard({ outbox, sent }) {
  const before = Number(document.body.dataset.waiting ?? 0);
  document.body.dataset.waiting = outbox.length;
  const gone = [...document.querySelectorAll(".unsent")].filter(({ id }) => !outbox.some((entry) => id === `waiting-${entry.id}`));
  sent.forEach(settle);
  for (const item of gone) item.remove();
  outbox.forEach(place);
  note(outbox);
  if (outbox.length > before) announce(plural(outbox.length));
  if (sent.length) show(sent.length === 1 ? "What waited was sent." : `${sent.length} things that waited were sent.`, "success");
  // A server that comes back says so to nobody.
  clearInterval(timer);
  if (outbox.some((entry) => !entry.refused)) timer = setInterval(nudge, 15_000);
  document.dispatchEvent(new CustomEvent("outbox", { detail: outbox }));
}
