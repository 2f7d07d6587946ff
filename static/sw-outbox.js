/*
 * What is written without a connection: kept here, sent once and in order when there is one again. In the worker, not in
 * pages: forms pass here with htmx and without, and it can send while no page is open. Every write carries a key, so that
 * one whose answer got lost and that is sent again has the effect of one.
 */
const WRITES = /^\/(?:p\/[\w-]+\/(?:comments|(?:un)?(?:like|save|repost))|comments\/[\w-]+\/(?:un)?like|(?:@\w+|tags\/[^/]+)\/(?:un)?follow|messages\/[\da-f-]{36})$/;
const FORM = /^(application\/x-www-form-urlencoded|multipart\/form-data)/;
const DOUBTFUL = 20 * 3600_000; // the server remembers keys for a day

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const mine = request.method === "POST" && url.origin === location.origin && WRITES.test(url.pathname);
  if (mine && FORM.test(request.headers.get("Content-Type"))) event.respondWith(write(request, url.pathname));
});
addEventListener("sync", (event) => event.tag === "outbox" && event.waitUntil(sendAll()));
addEventListener("online", () => sendAll());

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function store(name, mode = "readwrite") {
  const request = indexedDB.open("tintype-outbox", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("waiting", { keyPath: "id", autoIncrement: true });
    request.result.createObjectStore("facts");
  };
  const db = await done(request);
  db.onversionchange = () => db.close();
  const transaction = db.transaction(name, mode);
  transaction.oncomplete = transaction.onabort = () => db.close();
  return transaction.objectStore(name);
}

const owner = async () => done((await store("facts", "readonly")).get("owner"));
const waiting = async () => done((await store("waiting", "readonly")).getAll());
const put = async (entry) => done((await store("waiting")).put(entry));
const drop = async (id) => done((await store("waiting")).delete(id));

async function write(request, path) {
  const fields = [...await request.clone().formData()];
  // A photo needs a connection; its words stay in their form.
  if (fields.some(([, value]) => value.size)) return fetch(request);
  const body = String(new URLSearchParams(fields.filter(([, value]) => typeof value === "string")));
  const entry = { key: crypto.randomUUID(), path, body, at: Date.now(), owner: await owner() };
  // What waits goes first: a like must not overtake the comment before it, nor an unlike its like.
  if ((await waiting()).some(({ refused }) => !refused) && !(await sendAll())) return hold(entry, request);
  const headers = new Headers(request.headers);
  headers.set("Idempotency-Key", entry.key);
  headers.set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8");
  try {
    return await fetch(path, { method: "POST", headers, body, redirect: request.redirect, referrer: request.referrer });
  } catch {
    return hold(entry, request);
  }
}

/** A conversation gets its bubble; htmx swaps nothing at a 204: outbox.js draws what waits. A plain form is led back. */
async function hold(entry, request) {
  if (!entry.owner) return Response.error();
  const id = await put(entry);
  await registration.sync?.register("outbox").catch(() => {});
  await tell();
  if (request.mode === "navigate") return Response.redirect(request.referrer || "/", 303);
  if (!entry.path.startsWith("/messages/")) return new Response(null, { status: 204 });
  const words = new URLSearchParams(entry.body).get("content").replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt()};`);
  const html = `<li class="said own sending unsent" id="waiting-${id}"><div class="bubble"><p dir="auto">${words}</p></div>`
    + '<p class="when">Waits for a connection</p></li>';
  return new Response(html, { headers: { "Content-Type": "text/html" } });
}

/** Let the open pages know what waits, and what was `sent` just now. */
async function tell(sent = []) {
  const outbox = (await waiting()).map(({ id, key, path, body, refused }) => ({ id, key, path, body, refused }));
  for (const client of await clients.matchAll({ includeUncontrolled: true })) client.postMessage({ outbox, sent });
}

let sending;
/** Send what waits. Resolves to true if nothing is left but what was refused. */
function sendAll() {
  sending ??= navigator.locks.request("tintype-outbox", drain).catch(() => false).finally(() => { sending = undefined; });
  return sending;
}

async function drain() {
  if (!(await waiting()).some(({ refused }) => !refused)) return true;
  await noteOwner((await asked("/api/v1/auth/me")).id);
  const { csrf_token: token } = await asked("/api/v1/auth/csrf");
  const sent = [];
  let left = 0;
  for (const entry of (await waiting()).filter(({ refused }) => !refused)) {
    const outcome = await send(entry, token, sent);
    if (outcome === "later") left += 1;
    if (left) break;
  }
  await tell(sent);
  return !left;
}

async function send(entry, token, sent) {
  if (Date.now() - entry.at > DOUBTFUL && new URLSearchParams(entry.body).has("content")) {
    return put({ ...entry, refused: "This is old, and may have arrived. Look, then send it again or throw it away." });
  }
  const body = new URLSearchParams(entry.body);
  body.set("csrf_token", token);
  const headers = { "HX-Request": "true", Accept: "application/problem+json", "Idempotency-Key": entry.key, "X-CSRFToken": token };
  const response = await fetch(entry.path, { method: "POST", headers, body, redirect: "manual" }).catch(() => null);
  const passing = !response || [401, 429].includes(response.status) || response.status >= 500;
  if (passing) return "later";
  if (response.status < 400) {
    await drop(entry.id);
    return sent.push({ id: entry.id, html: await response.text() });
  }
  const problem = await response.json().catch(() => ({}));
  const [first] = Object.values(problem.errors ?? {}).flat();
  return put({ ...entry, refused: first ?? problem.detail ?? "This could not be sent." });
}

/** The body of an answer. Throws if there is none. */
async function asked(path) {
  const response = await fetch(path, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

/** Note who is signed in. What others left here is sent for nobody and is nobody's business: it goes. */
async function noteOwner(id) {
  await done((await store("facts")).put(id, "owner"));
  for (const entry of await waiting()) if (id && entry.owner !== id) await drop(entry.id);
}

/** A page says who looks at it. One that came before this worker was in charge is kept now. */
async function greeted({ viewer, owner: id }, url) {
  await forgetOthers(`pages-${viewer}`);
  if (id !== undefined) await noteOwner(id);
  if ((await waiting()).length) {
    await tell();
    await sendAll();
  }
  if (!KEPT.test(url.pathname) || (await kept(url))) return;
  const asker = Promise.resolve(await pages());
  await fetch(url).then((response) => keep(url, response, asker), () => {});
}

async function changeOutbox({ outbox, id, content }) {
  const entry = (await waiting()).find((one) => one.id === id);
  if (outbox === "drop" && entry) await drop(id);
  if (outbox === "edit" && entry) {
    const body = new URLSearchParams(entry.body);
    if (content !== null) body.set("content", content);
    // Another text is another wish: with the old key the server would not take it. So is one that was sent long ago.
    const key = crypto.randomUUID();
    if (body.has("key")) body.set("key", key);
    await put({ ...entry, key, body: String(body), at: Date.now(), refused: undefined });
  }
  await tell();
  await sendAll();
}

async function forgetOutbox() {
  for (const name of ["waiting", "facts"]) await done((await store(name)).clear());
}
