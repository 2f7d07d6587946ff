/** Photos that another app shared: taken out of where the service worker laid them. */

async function file(cache, key) {
  const kept = await cache.match(key);
  const name = decodeURIComponent(kept.headers.get("X-Name"));
  return new File([await kept.blob()], name, { type: kept.headers.get("Content-Type") });
}

/** Once they are kept as a draft. */
export const forgetShared = () => caches.delete("shared");

/** Resolves to {words, files}. */
export async function takeShared() {
  const cache = await caches.open("shared");
  const keys = (await cache.keys()).filter(({ url }) => !url.endsWith("/words"));
  const words = await (await cache.match("/shared/words"))?.text();
  const files = await Promise.all(keys.sort((a, b) => a.url.localeCompare(b.url)).map((key) => file(cache, key)));
  return { words: words ?? "", files };
}
