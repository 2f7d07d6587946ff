/* Pushes: shown unless the page that they lead to lies open before one's eyes; a press opens or finds that page. */
addEventListener("push", (event) => event.waitUntil(pushed(event)));
addEventListener("notificationclick", (event) => event.waitUntil(pressed(event.notification)));
addEventListener("pushsubscriptionchange", (event) => event.waitUntil(changed(event)));

const path = (url) => new URL(url, location.origin).pathname;

async function pushed(event) {
  let said = {};
  try {
    said = event.data.json();
  } catch {
    // Nothing that we sent; browsers still want something shown.
  }
  const { title = "Tintype", body = "", url = "/notifications", tag = "tintype", badge: number, read } = said;
  if (number !== undefined) await count(number);
  const open = await clients.matchAll({ type: "window" });
  if (open.some((one) => one.focused && one.visibilityState === "visible" && path(one.url) === path(url))) return;
  const icon = "/static/icons/icon-192.png";
  const badge = "/static/icons/monochrome-512.png";
  await registration.showNotification(title, { body, icon, badge, tag, renotify: false, lang: "en", data: { url, read } });
}

/** The number on the app's icon, where there is one. */
async function count(number) {
  await (number ? navigator.setAppBadge?.(number) : navigator.clearAppBadge?.());
}

async function pressed(notification) {
  const { url = "/", read } = notification.data ?? {};
  notification.close();
  if (read) await markRead(read).catch(() => {});
  const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = open.find((one) => path(one.url) === path(url)) ?? open.find((one) => one.focused) ?? open[0];
  if (!there) return clients.openWindow(url);
  await there.focus().catch(() => {});
  // A page of before this worker can't be led by it.
  return there.navigate(url).catch(() => clients.openWindow(url));
}

async function markRead(address) {
  const { csrf_token: token } = await asked("/api/v1/auth/csrf");
  await fetch(address, { method: "POST", headers: { "X-CSRFToken": token, Accept: "application/json" } });
}

/** The push service gave this browser another address. */
async function changed({ oldSubscription, newSubscription }) {
  const fresh = newSubscription ?? (oldSubscription && await registration.pushManager.subscribe(oldSubscription.options));
  if (!fresh) return;
  const { csrf_token: token } = await asked("/api/v1/auth/csrf");
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  await fetch("/api/v1/push/subscriptions", { method: "POST", headers, body: JSON.stringify(fresh) });
}

async function forgetPush() {
  const subscription = await registration.pushManager?.getSubscription();
  await subscription?.unsubscribe();
  for (const one of await registration.getNotifications()) one.close();
  await count(0);
}
