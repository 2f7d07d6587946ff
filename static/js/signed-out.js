/**
 * The session ended while this page was open. What was typed stays here; once the same person is signed in again, in
 * another tab, the page takes on the new session's token, without which nothing that it sends is carried out.
 */
import { show } from "./toast.js";

const asked = async (path) => (await fetch(`/api/v1/auth/${path}`, { headers: { Accept: "application/json" }, cache: "no-store" })).json();
const meta = (name) => document.querySelector(`meta[name="${name}"]`);

/** Take on the token of the session that there is now. False if there is none; a page of somebody else's goes. */
export async function renew() {
  const { id } = await asked("me");
  if (!id) return false;
  if (id !== meta("viewer").content) {
    location.reload();
    return false;
  }
  const { csrf_token: token } = await asked("csrf");
  meta("csrf-token").content = token;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
  return true;
}

async function look() {
  if (document.hidden || !(await renew().catch(() => false))) return;
  document.removeEventListener("visibilitychange", look);
  removeEventListener("focus", look);
  show("You are signed in again. Do it once more.", "success");
}

/** Say that one was signed out, and offer the sign-in in a tab of its own. */
export function signedOut() {
  const way = Object.assign(document.createElement("a"), {
    className: "button", textContent: "Sign in", target: "_blank", href: `/login?next=${encodeURIComponent(location.pathname)}`,
  });
  show("You were signed out. What you typed is still here.", "error")?.append(way);
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);
}

let tried;
/** The server knows nobody (401), or not this page's token (400): with a good one the same is sent again, once. */
export async function refused({ status }, form) {
  if (status === 401) return signedOut();
  const again = form?.requestSubmit && tried !== form.action;
  tried = again ? form.action : null;
  if (again && await renew().catch(() => false)) return form.requestSubmit(form.querySelector("button"));
  show("That did not work. Reload the page and try again.", "error");
}
