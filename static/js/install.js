/** The button that installs, where the browser lets a page have one; elsewhere the words on the page say how. */
export default function install(box) {
  const show = () => { box.hidden = !self.offer; };
  if (matchMedia("(display-mode: standalone)").matches) document.querySelector("[data-installed]").hidden = false;
  addEventListener("beforeinstallprompt", show);
  addEventListener("appinstalled", () => { self.offer = null; show(); });
  box.querySelector("button").addEventListener("click", async () => {
    await self.offer.prompt();
    // A browser's offer is good once.
    self.offer = null;
    show();
  });
  show();
}
