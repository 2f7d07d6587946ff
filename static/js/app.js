/**
 * Attach behaviours: an element with data-behaviour="counter autogrow" is handed once to the default export of
 * ./counter.js and of ./autogrow.js. Every page works without any of them.
 */
const attached = new WeakMap();

async function attach(element, name) {
  const names = attached.get(element) ?? new Set();
  if (names.has(name)) return;
  attached.set(element, names.add(name));
  const behaviour = await import(`./${name}.js`);
  if (element.isConnected) behaviour.default(element);
}

async function attachAll() {
  const coming = [...document.querySelectorAll("[data-behaviour]")].flatMap((element) => (
    element.dataset.behaviour.split(/\s+/).filter(Boolean).map((name) => attach(element, name))
  ));
  const more = document.querySelector("#more[hx-get]");
  if (more) coming.push(attach(more, "feed"));
  countUnread();
  // From the mark on the page does all it will: for whoever measures or tests it.
  await Promise.all(coming).finally(() => performance.mark("behaviours"));
}

/** The readable half of the session: changes at sign-in and sign-out, says nothing else. */
const marker = () => /(?:^|; )tintype_marker=([^;]*)/.exec(document.cookie)?.[1] ?? "";
const bornUnder = marker();

/** The app's icon says how much is unread, as the frame does. */
let shown;
function countUnread() {
  const nav = document.querySelector(".signed-in .nav");
  const unread = [...nav?.querySelectorAll(".badge") ?? []].reduce((sum, { textContent }) => sum + parseInt(textContent, 10), 0);
  if (!nav || unread === shown) return;
  shown = unread;
  (unread ? navigator.setAppBadge?.(unread) : navigator.clearAppBadge?.())?.catch(() => {});
}

async function keepOffline() {
  const { serviceWorker } = navigator;
  serviceWorker.addEventListener("message", ({ data }) => {
    if (data.outbox) import("./outbox.js").then(({ heard }) => heard(data));
    else if (data.newer) say("older");
  });
  await serviceWorker.register("/sw.js");
  const { active } = await serviceWorker.ready;
  const owner = document.querySelector('meta[name="viewer"]')?.content;
  active.postMessage({ viewer: bornUnder, owner });
  addEventListener("online", () => active.postMessage("online"));
}

addEventListener("keydown", (event) => import("./shortcuts.js").then((keys) => keys.default(event)), { once: true });

// It comes when it likes, and is good once: the page /install uses it.
addEventListener("beforeinstallprompt", (event) => { self.offer = event; });

// Fetched ahead: when it is needed, there may be no connection to fetch it by.
const failures = () => import("./failures.js");
const say = async (name, event) => (await failures())[name](event);

document.addEventListener("htmx:after:swap", attachAll);
document.addEventListener("htmx:response:error", (event) => say("refused", event));
document.addEventListener("htmx:error", (event) => say("unreachable", event));
addEventListener("offline", () => say("offline"));

// Back after signing out must not show the feed that the browser kept in memory, nor an old one to whom it belongs.
const [arrival] = performance.getEntriesByType("navigation");
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && marker() !== bornUnder) location.reload();
  else if (persisted || arrival.type === "back_forward") import("./back.js").then((back) => back.default());
});

// A draft is thrown away only once its post was accepted: the answer to sharing leads to the feed.
if (sessionStorage.getItem("posting")) import("./posted.js");

// After the first paint: photographs come before behaviours.
const idle = window.requestIdleCallback ?? ((task) => setTimeout(task, 50));
idle(attachAll, { timeout: 500 });
idle(failures);
if ("serviceWorker" in navigator) addEventListener("load", () => idle(() => keepOffline().catch(() => {})));
