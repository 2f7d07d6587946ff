/** Endless scroll, for those who can't see it: the list says that it is loading, and then that it has. */
import { announce } from "./toast.js";

export default function feed(more) {
  const list = document.querySelector(more.getAttribute("hx-target"));
  const busy = (state) => list.setAttribute("aria-busy", state);

  const loaded = (event) => {
    if (event.detail.ctx.target !== list) return;
    busy(false);
    announce(list.matches('[role="feed"], .grid') ? "More posts loaded" : "More loaded");
    document.removeEventListener("htmx:after:swap", loaded);
  };
  more.addEventListener("htmx:before:request", () => {
    busy(true);
    document.addEventListener("htmx:after:swap", loaded);
  });
  for (const failure of ["htmx:error", "htmx:response:error"]) more.addEventListener(failure, () => busy(false));
}
