/** Arrow buttons and "2/5" for a row of photographs that scrolls and snaps by itself. */
import { announce, icon } from "./toast.js";

function arrow(name, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `arrow ${name}`;
  button.setAttribute("aria-label", label);
  button.append(icon(name === "previous" ? "chevron-left" : "chevron-right"));
  return button;
}

export default function carousel(element) {
  const track = element.querySelector(".track");
  const total = track.children.length;
  const previous = arrow("previous", "Previous photo");
  const next = arrow("next", "Next photo");
  const position = document.createElement("p");
  position.className = "position";
  position.setAttribute("aria-hidden", "true");
  let at = -1;

  // In right-to-left pages scrollLeft counts down from 0.
  const seen = () => Math.round(Math.abs(track.scrollLeft) / track.clientWidth);

  function mark() {
    if (seen() === at) return;
    at = seen();
    position.textContent = `${at + 1}/${total}`;
    previous.setAttribute("aria-disabled", at === 0);
    next.setAttribute("aria-disabled", at === total - 1);
  }

  function go(step) {
    const to = Math.min(total - 1, Math.max(0, seen() + step));
    const direction = getComputedStyle(track).direction === "rtl" ? -1 : 1;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    track.scrollTo({ left: direction * to * track.clientWidth, behavior: calm ? "instant" : "smooth" });
    announce(`Photo ${to + 1} of ${total}`);
  }

  previous.addEventListener("click", () => go(-1));
  next.addEventListener("click", () => go(1));
  track.addEventListener("scroll", mark, { passive: true });
  element.append(previous, next, position);
  mark();
}
