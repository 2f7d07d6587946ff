/** The list of conversations: a row that something happens in is taken out and put on top; the focus goes with it. */
export default function conversations(list) {
  let row = null;
  document.addEventListener("htmx:before:swap", () => {
    row = document.activeElement?.closest(`#${list.id} > li`)?.id ?? row;
  });
  document.addEventListener("htmx:after:swap", () => {
    const lost = document.activeElement === document.body;
    const link = lost && row ? document.querySelector(`#${row} a`) : null;
    link?.focus({ preventScroll: true });
    if (link || !lost) row = null;
  });
}
