/** Come back to by Back, a page shows what the browser kept; what was liked, saved, followed or said since is brought up. */
const MARKS = '#main form[data-behaviour~="optimistic"] [aria-pressed][id], #main [id^="comment-count-"]';

const part = (mark) => mark?.closest("form") ?? mark;

export default async function back() {
  if (!document.querySelector("#main form")) return;
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const now = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = now.querySelector('meta[name="csrf-token"]').content;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
  for (const mark of document.querySelectorAll(MARKS)) {
    const [old, fresh] = [part(mark), part(now.getElementById(mark.id))];
    if (!fresh || old.innerText === fresh.innerText && old.getAttribute("action") === fresh.getAttribute("action")) continue;
    old.replaceWith(fresh);
    self.htmx?.process(fresh);
  }
  document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: { ctx: {} } }));
}
