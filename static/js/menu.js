/** A <details> menu that closes like one: by Escape, by a press elsewhere, by focus going elsewhere. */
export default function menu(details) {
  const close = () => { details.open = false; };
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    close();
    details.querySelector("summary").focus();
  });
  details.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !details.contains(relatedTarget)) close();
  });
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    const elsewhere = ({ target }) => { if (!details.contains(target)) close(); };
    document.addEventListener("pointerdown", elsewhere);
    details.addEventListener("toggle", () => document.removeEventListener("pointerdown", elsewhere), { once: true });
  });
}
