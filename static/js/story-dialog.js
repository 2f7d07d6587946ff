/** A dialog with the story behind a ring. Its parts are those of the story's own page. */
export async function open(ring) {
  const here = location.href;
  const dialog = document.createElement("dialog");
  const slot = document.createElement("div");
  dialog.className = "stage";
  dialog.setAttribute("aria-label", "Stories");
  // What is said while it is open has to be said in it: the page below is out of reach.
  const heard = ["toasts", "announce"].map((id) => document.getElementById(id));
  dialog.append(slot, ...heard);
  document.body.append(dialog);
  // Entered before the story takes its address over: Back comes here.
  history.pushState({ story: true }, "", ring.href);
  let leaving = false;

  const back = () => {
    leaving = true;
    dialog.close();
  };
  dialog.addEventListener("close", () => {
    removeEventListener("popstate", back);
    document.body.append(...heard);
    dialog.remove();
    ring.focus({ preventScroll: true });
    if (!leaving) history.back();
  });
  dialog.addEventListener("story:close", () => dialog.close());
  addEventListener("popstate", back);

  dialog.showModal();
  await window.htmx.ajax("GET", ring.href, { target: slot, swap: "outerHTML" });
  if (dialog.querySelector(".story") || !dialog.open) return;
  dialog.close(); // it is over, or there is no connection: what was said about it stands on the page below
  if (location.href !== here) history.replaceState(null, "", here);
}
