/** Sign-out form: what this browser keeps of the person (drafts, pages, what waits, pushes) is gone before the form goes. */
import { wipe } from "./drafts.js";

async function forget() {
  navigator.serviceWorker?.controller?.postMessage("signed-out");
  navigator.clearAppBadge?.();
  for (const name of Object.keys(localStorage)) if (name.startsWith("draft:")) localStorage.removeItem(name);
  const names = await caches.keys();
  await Promise.all([wipe(), ...names.map((name) => caches.delete(name))]);
}

function agrees() {
  const waiting = Number(document.body.dataset.waiting ?? 0);
  const things = waiting === 1 ? "One thing that you wrote still waits" : `${waiting} things that you wrote still wait`;
  return !waiting || confirm(`${things} for a connection. Signing out throws this away.`);
}

export default function signout(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!agrees()) return;
    const patience = new Promise((resolve) => setTimeout(resolve, 1000));
    await Promise.race([forget(), patience]).catch(() => {});
    form.submit();
  });
}
