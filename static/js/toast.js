/** Short messages at the bottom; those of the server and our own look and leave alike. */
const STAYS = 10_000;
const SVG = "http://www.w3.org/2000/svg";
const ICONS = { success: "check", error: "alert" };

/** An icon of the sprite, unnamed. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${new URL("../icons/sprite.svg", import.meta.url).pathname}#${name}`);
  svg.append(use);
  return svg;
}

/** Say it to screen readers alone. */
export function announce(text) {
  const region = document.getElementById("announce");
  if (region) region.textContent = text;
}

/** A button that does what the toast offers, and takes it away. */
function offer(element, again, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = label;
  button.addEventListener("click", () => {
    element.remove();
    again();
  });
  return button;
}

/** Show `text` as a toast; `kind` is success, error or info; `again()` is offered as a button. Returns it if it is new. */
export function show(text, kind = "info", again = null, label = "Try again") {
  const region = document.getElementById("toasts");
  // Ten taps without a connection are one piece of news.
  if ([...region.children].some((other) => other.querySelector("p")?.textContent === text)) return null;
  const element = document.createElement("div");
  const words = document.createElement("p");
  element.className = `toast ${kind}`;
  words.textContent = text;
  element.append(icon(ICONS[kind] ?? "bell"), words);
  if (again) element.append(offer(element, again, label));
  // One at a time, but for what can still be undone.
  for (const other of [...region.children]) if (!other.querySelector("form")) other.remove();
  region.append(element);
  leaveLater(element);
  return element;
}

/** Ten seconds, begun again whenever the pointer or the focus leaves it: Undo must be reachable. */
export default function leaveLater(element) {
  let timer;
  const hold = () => clearTimeout(timer);
  const leave = () => {
    element.classList.add("leaving");
    setTimeout(() => element.remove(), 200);
  };
  const begin = () => {
    hold();
    if (!element.matches(":hover, :focus-within")) timer = setTimeout(leave, STAYS);
  };
  for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) element.addEventListener(name, () => setTimeout(begin));
  begin();
}
