/*
 * Tintype's service worker: pages from the network first, and what was seen lately when there is none.
 * Nothing personal outlives its session: kept pages lie in a cache named after the session's marker cookie.
 */
self.trustedTypes?.createPolicy("default", { createScriptURL: (url) => url });
importScripts("/static/sw-outbox.js", "/static/sw-push.js", "/static/sw-share.js");

const KEEP = 30;
const PATIENCE = 4000;
const SETTLED = 30_000; // after a form was sent: whoever has just changed a page is shown no copy of before
const KEPT = /^\/(?:$|p\/[^/]+$|@[^/]+$|tags\/[^/]+$|messages(?:\/[\da-f-]{36})?$|notifications$|saved$|about$)/;
const SHELL = ["/offline", "/waiting"];
const older = new Map(); // pages that show a copy, by their client's id: whether a newer one has come
let sent = 0; // when a form was
const STATIC = /^\/static\/(?!(?:css|js|icons|vendor|screenshots)\/)([^/]+)\/(.+)$/;

addEventListener("install", (event) => event.waitUntil(keepShell().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(begin()));
addEventListener("message", (event) => {
  if (event.data === "signed-out") event.waitUntil(forgetAll());
  else if (event.data === "online") event.waitUntil(sendAll());
  else if ("outbox" in Object(event.data)) event.waitUntil(changeOutbox(event.data));
  else if ("viewer" in Object(event.data)) event.waitUntil(Promise.all([greeted(event.data, new URL(event.source.url)), tellNewer(event.source)]));
});
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.mode === "navigate" && request.method !== "GET") sent = Date.now();
  // Photographs of another origin are left to the HTTP cache: opaque answers cost megabytes of quota each.
  if (request.method !== "GET" || url.origin !== location.origin) return;
  const parts = STATIC.exec(url.pathname);
  if (request.mode === "navigate") event.respondWith(page(event, url));
  else if (parts) event.respondWith(asset(request, parts[1], parts[2]));
});

async function begin() {
  await registration.navigationPreload?.enable();
  await clients.claim();
}

/** Network first; a slow network gives way to a kept copy, a dead one to that or to the offline page. */
async function page(event, url) {
  const asker = pages();
  const network = fromNetwork(event);
  event.waitUntil(network.then((response) => keep(url, response, asker), () => {}));
  const late = new Promise((resolve) => Date.now() - sent > SETTLED && setTimeout(resolve, PATIENCE));
  try {
    return (await Promise.race([network, late])) ?? (await copy(event, url, network)) ?? (await network);
  } catch {
    return (await kept(url)) ?? (await shell(url.pathname)) ?? (await shell("/offline")) ?? Response.error();
  }
}

/** A page as it was kept, while the network goes on; `greeted` tells it when a newer one has come. */
async function copy(event, url, network) {
  const found = await kept(url);
  if (found) older.set(event.resultingClientId, network.then(({ ok }) => ok, () => false));
  return found;
}

/** Tell a page that shows a copy when there is a newer one. */
async function tellNewer(page) {
  const coming = older.get(page.id);
  older.delete(page.id);
  if (await coming) page.postMessage({ newer: true });
}

const shell = (path) => caches.match(path, { cacheName: "shell" });

async function fromNetwork(event) {
  return (await event.preloadResponse) ?? fetch(event.request);
}

/** The address a page is kept under: how the app was opened makes no difference. */
function address(url) {
  const plain = new URL(url);
  plain.searchParams.delete("src");
  return plain.href;
}

/** `asker`: the cache's name as it was before the page was asked for. Who has signed in since gets no page of another. */
async function keep(url, response, asker) {
  const refused = response.status !== 200 || response.redirected || response.type !== "basic";
  if (refused || !KEPT.test(url.pathname) || /no-store/.test(response.headers.get("Cache-Control"))) return;
  const copy = response.clone();
  const name = await asker;
  if (name !== (await pages())) return;
  const cache = await caches.open(name);
  await cache.delete(address(url));
  await cache.put(address(url), copy);
  const keys = await cache.keys();
  const oldest = keys.filter((request) => new URL(request.url).pathname !== "/").slice(0, Math.max(0, keys.length - KEEP));
  await Promise.all(oldest.map((request) => cache.delete(request)));
}

async function kept(url) {
  const cache = await caches.open(await pages());
  const options = { ignoreVary: true };
  return (await cache.match(address(url), options)) ?? (url.pathname === "/" ? cache.match("/", { ...options, ignoreSearch: true }) : undefined);
}

/** The name of this session's cache: by the cookie where workers can read it, else by what the last page said. */
async function pages() {
  if (self.cookieStore) return `pages-${(await cookieStore.get("tintype_marker"))?.value ?? ""}`;
  return (await caches.keys()).find((name) => name.startsWith("pages-")) ?? "pages-";
}

async function forgetOthers(mine) {
  const others = (await caches.keys()).filter((name) => name.startsWith("pages-") && name !== mine);
  await Promise.all(others.map((name) => caches.delete(name)));
  await caches.open(mine);
}

async function forgetAll() {
  await Promise.allSettled([forgetOutbox(), forgetPush(), ...(await caches.keys()).map((name) => caches.delete(name))]);
  await keepShell();
}

/** Cache first: a version's files never change. Offline, an older page takes the same file of the version at hand. */
async function asset(request, version, path) {
  const cache = await caches.open(`static-${version}`);
  const hit = await cache.match(request);
  if (hit) return hit;
  try {
    const response = await fetch(request);
    if (response.status === 200 && !response.redirected) {
      await cache.put(request, response.clone());
      await forgetVersionsBut(version);
    }
    return response;
  } catch (error) {
    const twin = await sameFile(path);
    if (twin) return twin;
    throw error;
  }
}

async function sameFile(path) {
  for (const name of await caches.keys()) {
    if (!name.startsWith("static-")) continue;
    const twin = await caches.match(`/static/${name.slice(7)}/${path}`, { cacheName: name });
    if (twin) return twin;
  }
}

async function forgetVersionsBut(version) {
  const old = (await caches.keys()).filter((name) => name.startsWith("static-") && name !== `static-${version}`);
  await Promise.all(old.map((name) => caches.delete(name)));
  if (old.length) await keepShell();
}

/** Keep the pages that need no network, as a visitor sees them, with the files they name. */
async function keepShell() {
  for (const page of SHELL) {
    const response = await fetch(page, { cache: "reload", credentials: "omit" });
    if (!response.ok) throw new Error(`${page} could not be kept`);
    const html = await response.clone().text();
    await (await caches.open("shell")).put(page, response);
    for (const path of new Set(html.match(/\/static\/[^"#?]+\.(?:css|js|svg)/g))) {
      const version = STATIC.exec(path)?.[1];
      if (version) await (await caches.open(`static-${version}`)).add(path).catch(() => {});
    }
  }
}
