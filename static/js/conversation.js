/**
 * An open conversation. What is said stands there at once; what comes, by answer, by stream or from before, in whatever
 * order, finds its place by its number, each once. Whoever looks at the end stays there and has read it.
 */
import { arrange, numberOf } from "./conversation-order.js";
import { sending } from "./conversation-send.js";

const TYPING_EVERY = 3000;
const TYPING_LASTS = 6000;
const NEAR = 80; // pixels from the end
const AGAIN = 5000;

const marker = () => /(?:^|; )tintype_marker=([^;]*)/.exec(document.cookie)?.[1];

/** Whoever looks at the end stays there and has read it; others learn that there is something new below. */
function reading(log, list, tell) {
  const news = document.getElementById("new-messages");
  const { me } = log.dataset;
  let read = Number(log.dataset.read);
  let height = log.scrollHeight;

  // It is scrolled from its end: 0 there, less above.
  const atEnd = () => log.scrollTop > -NEAR;
  const toEnd = () => {
    log.scrollTop = 0;
    news.hidden = true;
  };

  async function markRead() {
    const newest = numberOf([...list.querySelectorAll("[data-seq]")].at(-1));
    if (document.hidden || !atEnd() || !(newest > read)) return;
    const before = read;
    read = newest;
    document.getElementById("mark-read")?.remove();
    const answer = await tell("read", { seq: newest });
    if (answer?.ok) document.getElementById("read-marks").textContent = (await answer.text()).trim();
    if (answer && answer.status < 500) return;
    if (read === newest) read = before;
    setTimeout(markRead, AGAIN); // else nobody would ever learn of it
  }

  new MutationObserver((changes) => {
    const added = changes.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node.dataset?.seq);
    const before = height;
    const wasAtEnd = atEnd();
    arrange(list);
    height = log.scrollHeight;
    const late = added.filter((node) => node.isConnected && numberOf(node) > read && node.dataset.from !== me);
    if (wasAtEnd) toEnd();
    else if (late.length) {
      log.scrollTop -= height - before;
      news.hidden = false;
    }
    if (added.length) document.querySelector(".talk .none-yet")?.remove();
    markRead();
  }).observe(list, { childList: true });

  log.addEventListener("scroll", () => {
    if (atEnd()) news.hidden = true;
    markRead();
  }, { passive: true });
  news.addEventListener("click", toEnd);
  document.addEventListener("visibilitychange", markRead);
  return { toEnd, markRead };
}

/** What is typed is kept under the name `draft`, told to the others, and sent by the button or by Enter. */
function writing(form, draft, tell, { submit, unsent }) {
  const area = form.querySelector("textarea");
  const signedIn = marker();
  let told = 0;
  area.addEventListener("input", () => {
    localStorage.setItem(draft, area.value);
    if (!area.value.trim() || Date.now() - told < TYPING_EVERY) return;
    told = Date.now();
    tell("typing");
  });
  area.addEventListener("keydown", (event) => {
    const plain = !(event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || event.isComposing);
    // On a touch screen the key is for a new line; the button sends.
    if (event.key !== "Enter" || !plain || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    localStorage.removeItem(draft);
    told = 0;
  });
  // What was not sent is not lost with the page, unless it goes because of a sign-out, which has wiped all drafts.
  addEventListener("pagehide", () => {
    if (marker() !== signedIn) return;
    const left = [...unsent(), area.value].filter((text) => text.trim()).join("\n");
    if (left) localStorage.setItem(draft, left);
  });
  if (!area.value) area.value = localStorage.getItem(draft) ?? "";
}

/** Who is writing is news for a while. */
function forgetTyping(typing) {
  let silence;
  new MutationObserver(() => {
    clearTimeout(silence);
    silence = setTimeout(() => typing.replaceChildren(), TYPING_LASTS);
  }).observe(typing, { childList: true });
}

export default function conversation(log) {
  const list = log.querySelector("#messages");
  const form = document.getElementById("composer");
  const here = form.action;
  const token = form.querySelector('[name="csrf_token"]'); // another one after signing in again
  const tell = (what, values = {}) => fetch(`${here}/${what}`, {
    method: "POST", headers: { "HX-Request": "true", "X-CSRFToken": token.value }, body: new URLSearchParams(values),
  }).catch(() => null);

  const { toEnd, markRead } = reading(log, list, tell);
  forgetTyping(document.getElementById("typing"));
  const show = (bubble) => {
    list.append(bubble);
    toEnd();
  };
  writing(form, `draft:${log.dataset.me}:${list.dataset.conversation}`, tell, sending(form, { show }));
  if (!location.hash.startsWith("#m-")) toEnd();
  arrange(list);
  markRead();
}
