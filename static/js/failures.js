/** What is said when a request of htmx did not do what was asked. */
import { show } from "./toast.js";

const WORDS = {
  403: "You may not do that.",
  404: "This is no longer here.",
  409: "This has changed in the meantime. Reload the page and look again.",
  413: "That was too large to send.",
};

/** "12 minutes" out of Retry-After's seconds. */
export function wait(seconds) {
  const [size, unit] = seconds < 90 ? [1, "second"] : seconds < 5400 ? [60, "minute"] : [3600, "hour"];
  const number = Math.ceil(seconds / size);
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}

/** What is shown again as it was can be asked for again; whatever else was typed still stands in its form. */
function again({ sourceElement: form } = {}) {
  const optimistic = form?.matches?.('form[data-behaviour~="optimistic"]');
  return optimistic ? () => form.isConnected && form.requestSubmit(form.querySelector("button")) : null;
}

/** The server said no. A 422 that is swapped in beside its fields speaks for itself. */
export function refused(event) {
  const { response, sourceElement } = event.detail.ctx;
  if (/40[01]/.test(response.status)) return void import("./signed-out.js").then((way) => way.refused(response, sourceElement));
  if (response.status === 422 && sourceElement?.hasAttribute("hx-status:422")) return;
  const seconds = Number(response.headers.get("Retry-After"));
  if (response.status === 429 && seconds) show(`That was a lot in a short time. Try again in ${wait(seconds)}.`, "error");
  else if (WORDS[response.status]) show(WORDS[response.status], "error");
  else show("That did not work. Try again in a moment.", "error", again(event.detail.ctx));
}

/** No answer came. Anything else that htmx reports as an error is for the console. */
export function unreachable(event) {
  const status = String(event.detail.ctx?.status ?? "");
  if (status.startsWith("error")) show("Couldn't reach the server. Check your connection and try again.", "error", again(event.detail.ctx));
}

/** The network was slow, so a kept page is shown; meanwhile the one of today has come. */
export function older() {
  show("This page is from your last visit. There is a newer one.", "info", () => location.reload(), "Show it");
}

/** The connection went away. */
export function offline() {
  show("You are offline. What you have seen lately is still here, and what you write is sent later.", "info");
}
