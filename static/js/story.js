/**
 * One story as it plays: on its own page, or in the dialog over another one. A tap, a key or a swipe goes on; it goes on
 * by itself only where motion is welcome, and never while it is held, paused, out of sight or written to.
 */
import { ask } from "./api.js";
import { announce, icon } from "./toast.js";

const HOLD = 300;
const SWIPE = 60;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** What stays while stories change below it: the Pause button, first in the order of Tab. */
function stageOf(section) {
  const stage = section.closest(".stage");
  if (stage.player) return stage.player;
  const pause = Object.assign(document.createElement("button"), { type: "button", className: "icon-button story-pause" });
  const turn = (paused) => {
    stage.classList.toggle("paused", paused);
    pause.replaceChildren(icon(paused ? "play" : "pause"));
    pause.setAttribute("aria-label", paused ? "Play" : "Pause");
  };
  turn(false);
  pause.addEventListener("click", () => turn(!stage.classList.contains("paused")));
  if (!calm.matches) stage.prepend(pause);
  stage.player = { stage, focus: null, toggle: () => turn(!stage.classList.contains("paused")) };
  return stage.player;
}

export default function story(section) {
  const player = stageOf(section);
  const { stage } = player;
  const { address, back, unseen, last, ahead } = section.dataset;
  const photo = section.querySelector(".story-photo");
  const ways = (name) => section.querySelector(`.story-photo [data-go="${name}"]`);
  const gone = new AbortController();
  let going = false;

  function close() {
    gone.abort();
    if (stage.matches("dialog")) stage.dispatchEvent(new CustomEvent("story:close"));
    else location.assign(back);
  }

  /** Go on to `to`. `key` names what was pressed, so that the focus finds it again; nothing is said if nobody pressed. */
  async function go(to, key) {
    if (going) return;
    if (!to) return close();
    going = true;
    player.focus = key ?? section.querySelector("[data-key]:focus")?.dataset.key;
    player.aloud = key !== undefined;
    await window.htmx.ajax("GET", to, { target: section, swap: "outerHTML" });
    gone.abort();
    if (section.isConnected) close();
  }
  const before = (key) => ways("before") && go(ways("before").href, key);
  const after = (key) => go(ways("after")?.dataset.to, key);

  history.replaceState(history.state, "", address);
  if (player.aloud) announce(section.getAttribute("aria-label"));
  if (player.focus) section.querySelector(`[data-key="${player.focus}"]`)?.focus({ preventScroll: true });
  // The author's ring is seen once the last of its stories is.
  const dim = () => last && document.querySelectorAll(`a.ring.new[href="/stories/${last}"]`).forEach((ring) => ring.classList.remove("new"));
  if (unseen) ask("POST", `/stories/${unseen}/view`).then(dim, () => {});

  const turns = { stage, before, after, close, signal: gone.signal };
  watchButtons(section, turns);
  watchKeys(section, turns);
  watchFingers(photo, turns);
  document.addEventListener("visibilitychange", () => stage.classList.toggle("held", document.hidden), { signal: gone.signal });
  section.querySelector(".now").addEventListener("animationend", () => after());
  start(section, photo.querySelector("img"), ahead);
}

/** Play once the photo is there, longer for more words, and fetch the next one alone. */
async function start(section, image, ahead) {
  await image.decode().catch(() => {});
  const words = section.querySelector(".caption")?.textContent.length ?? 0;
  section.style.setProperty("--story-time", `${Math.min(20, 6 + words / 20)}s`);
  section.classList.add("playing");
  if (ahead) Object.assign(new Image(), { sizes: image.previousElementSibling.sizes, srcset: ahead });
}

/** The forms and links that lead on without scripts turn over in place. */
function watchButtons(section, { before, after, close }) {
  section.addEventListener("submit", (event) => {
    if (!event.target.dataset.go) return;
    event.preventDefault();
    if (event.target.dataset.go === "close") close();
    else after("after");
  });
  section.addEventListener("click", (event) => {
    const way = event.target.closest('a[data-go="before"]');
    if (!way || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    before("before");
  });
}

/** The arrows turn over, Space pauses, Escape leaves. */
function watchKeys(section, { stage, before, after, close, signal }) {
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest?.("input, textarea, details[open]")) return;
    const forward = getComputedStyle(section).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (key === "ArrowLeft" || key === "ArrowRight") {
      event.preventDefault();
      // The focus goes to what stays, which Space presses, not to the button that turns over.
      const pause = stage.querySelector(".story-pause");
      if (section.contains(document.activeElement)) pause?.focus();
      if (key === forward) after(pause ? "" : "after");
      else before(pause ? "" : "before");
    } else if (key === " " && !target.closest?.("a, button, summary")) {
      event.preventDefault();
      stage.player.toggle();
    } else if (key === "Escape" && !stage.matches("dialog")) close();
  }, { signal });
}

/** A finger that stays holds the story; one that moves aside turns over, downwards closes. */
function watchFingers(photo, { stage, before, after, close, signal }) {
  let from = null;
  const release = () => { from = null; stage.classList.remove("held"); };
  photo.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button) return;
    from = { x: event.clientX, y: event.clientY, at: performance.now() };
    stage.classList.add("held");
  });
  photo.addEventListener("pointercancel", release);
  addEventListener("pointerup", (event) => {
    if (!from) return;
    const [x, y, held] = [event.clientX - from.x, event.clientY - from.y, performance.now() - from.at];
    release();
    const moved = Math.hypot(x, y) > SWIPE;
    // The press that ends a hold or a swipe is not a tap.
    if (moved || held > HOLD) swallowClick(photo);
    if (!moved) return;
    if (Math.abs(y) > Math.abs(x)) y > 0 && close();
    else if ((x < 0) === (getComputedStyle(photo).direction !== "rtl")) after("after");
    else before("before");
  }, { signal });
}

function swallowClick(photo) {
  const soon = new AbortController();
  photo.addEventListener("click", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true, signal: soon.signal });
  setTimeout(() => soon.abort(), 50);
}
