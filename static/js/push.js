/** Pushes to this device: on and off. The browser is asked only after a press; what it says is put into words. */
import { ask } from "./api.js";

const WORDS = {
  denied: "Your browser blocks notifications of this site. Allow them in its settings for this site (the sign beside the address), then come back.",
  apple: "On an iPhone or iPad, put this site on the home screen first: Share, then “Add to Home Screen”. Open it from there and turn this on.",
  missing: "This browser can't show notifications while the site is closed.",
  on: "This device shows what is new, also while the site is closed.",
  failed: "The browser's push service could not be reached. Try again in a moment.",
};

const apple = () => /iPhone|iPad/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);

function bytes(key) {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0));
}

async function turnOn(key) {
  if ((await Notification.requestPermission()) !== "granted") return null;
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) };
  // A subscription made for another key (the site has changed hands) must go first.
  const made = await pushManager.subscribe(options).catch(async (error) => {
    const old = await pushManager.getSubscription();
    if (!old) throw error;
    await old.unsubscribe();
    return pushManager.subscribe(options);
  });
  await ask("POST", "/push/subscriptions", { body: made.toJSON() });
  return made;
}

async function turnOff(subscription) {
  await ask("DELETE", "/push/subscriptions", { body: { endpoint: subscription.endpoint } });
  await subscription.unsubscribe();
}

export default async function push(field) {
  const note = field.querySelector("[data-note]");
  const button = field.querySelector("button");
  const say = (words) => { note.textContent = words; };
  if (!("PushManager" in window && "serviceWorker" in navigator && "Notification" in window)) {
    return say(apple() ? WORDS.apple : WORDS.missing);
  }
  if (Notification.permission === "denied") return say(WORDS.denied);
  const { pushManager } = await navigator.serviceWorker.ready;
  let subscription = await pushManager.getSubscription();
  const listed = () => [...document.querySelectorAll("#devices [data-endpoint]")].some((row) => row.dataset.endpoint === subscription?.endpoint);
  // Turned off from another device: this browser does not know it yet.
  if (subscription && !listed()) {
    await subscription.unsubscribe();
    subscription = null;
  }
  button.hidden = false;
  button.textContent = subscription ? "Turn off here" : "Turn on here";
  if (subscription) say(WORDS.on);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const turned = subscription ? await turnOff(subscription).then(() => true) : await turnOn(field.dataset.key);
      if (turned) return location.reload();
      say(Notification.permission === "denied" ? WORDS.denied : "The browser was not allowed to. Press again to be asked once more.");
    } catch (error) {
      say(error.name === "Error" ? error.message : WORDS.failed);
    }
    button.disabled = false;
    return undefined;
  });
  return undefined;
}
