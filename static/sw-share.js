/* Photos that another app shares with this one: kept here until the compose page takes them, after signing in if need be. */
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "POST" && new URL(request.url).pathname === "/share") event.respondWith(share(request));
});

async function share(request) {
  const form = await request.formData();
  const cache = await caches.open("shared");
  await Promise.all((await cache.keys()).map((key) => cache.delete(key)));
  const words = ["title", "text", "url"].map((name) => form.get(name)).filter(Boolean).join("\n");
  await cache.put("/shared/words", new Response(words));
  let number = 0;
  for (const photo of form.getAll("photos").slice(0, 20)) {
    const headers = { "Content-Type": photo.type, "X-Name": encodeURIComponent(photo.name) };
    await cache.put(`/shared/${String(number += 1).padStart(2, "0")}`, new Response(photo, { headers }));
  }
  return Response.redirect("/new?shared=1", 303);
}
