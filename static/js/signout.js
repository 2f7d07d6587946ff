/** Sign-out form: what this browser keeps of the person (drafts, kept pages) is gone before the form goes. */
import { wipe } from "./drafts.js";

async function forget() {
  navigator.serviceWorker?.controller?.postMessage("signed-out");
  const names = await caches.keys();
  await Promise.all([wipe(), ...names.map((name) => caches.delete(name))]);
}

export default function signout(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const patience = new Promise((resolve) => setTimeout(resolve, 1000));
    await Promise.race([forget(), patience]).catch(() => {});
    form.submit();
  });
}
