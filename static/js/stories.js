/** Rings open their stories in a dialog over this page; every story keeps its own address, and Back closes it. */
const LEADS = /^\/(stories|highlights)\/[^/]+$/;

// Forward to a story whose dialog is gone: its own page shows it.
addEventListener("popstate", ({ state }) => {
  if (state?.story && !document.querySelector("dialog.stage")) location.reload();
});

export default function stories(list) {
  list.addEventListener("click", async (event) => {
    const ring = event.target.closest("a.ring");
    const plain = !event.button && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!ring || !plain || !LEADS.test(ring.pathname) || ring.classList.contains("add")) return;
    event.preventDefault();
    const { open } = await import("./story-dialog.js");
    open(ring);
  });
}
