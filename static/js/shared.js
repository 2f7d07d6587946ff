/** Photos that another app shared: taken out of where the service worker laid them. */

async function file(cache, key) {
  const kept = await cache.match(key);
  const name = decodeURIComponent(kept.headers.get("X-Name"));
  return new File([await kept.blob()], name, { type: kept.headers.get("Content-Type") });
}

/** Resolves to {words, files}; the second time there is nothing. */
export async function takeShared() {
  const cache = await caches.open("shared");
  const keys = (await cache.keys()).filter(({ url }) => !url.endsWith("/words"));
  const words = await (await cache.match("/shared/words"))?.text();
  const files = await Promise.all(keys.sort((a, b) => a.url.localeCompare(b.url)).map((key) => file(cache, key)));
  await caches.delete("shared");
  return { words: words ?? "", files };
}
