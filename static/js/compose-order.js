/** Reorder tiles by dragging their picture, with mouse, pen or finger; the buttons do the same for everybody else. */
const SLACK = 6;
const EDGE = 60;

/** `moved()` is called when a drag has changed the order of the list's children. */
export function dragToOrder(list, moved) {
  let held = null;

  const over = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest(".tile");

  list.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button !== 0) return;
    held = { tile: grip.closest(".tile"), y: event.clientY, x: event.clientX, dragging: false };
    // By the list: a tile loses the pointer when it is put elsewhere.
    list.setPointerCapture(event.pointerId);
  });

  list.addEventListener("pointermove", (event) => {
    if (!held) return;
    held.dragging ||= Math.hypot(event.clientX - held.x, event.clientY - held.y) > SLACK;
    if (!held.dragging) return;
    held.tile.classList.add("dragging");
    if (event.clientY < EDGE) scrollBy(0, -EDGE / 4);
    if (event.clientY > innerHeight - EDGE) scrollBy(0, EDGE / 4);
    const other = over(event);
    if (!other || other === held.tile || other.parentNode !== list) return;
    const { top, height } = other.getBoundingClientRect();
    const below = event.clientY > top + height / 2;
    // Only past the middle of the neighbour, or tall and short tiles would swap to and fro.
    const isLater = held.tile.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (isLater && below) other.after(held.tile);
    if (!isLater && !below) other.before(held.tile);
  });

  const release = () => {
    if (!held) return;
    const { tile, dragging } = held;
    held = null;
    tile.classList.remove("dragging");
    if (dragging) moved();
  };
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) list.addEventListener(name, release);
}
