/** Like, save, follow: show at once what was asked for; put it back if the server could not be asked or said no. */

/** "12 likes" → "13 likes", in the words that stand there. */
function count(element, step) {
  const number = Number(element.dataset.count) + step;
  const noun = element.textContent.replace(/^[\d.,\s]+/, "").replace(/s$/, "");
  element.dataset.count = number;
  element.textContent = `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** Press the button of a form, or let it go, and count. */
export function flip(form) {
  const button = form.querySelector("button[aria-pressed]");
  const number = form.querySelector("[data-count]");
  const pressed = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", pressed);
  if (number) count(number, pressed ? 1 : -1);
}

export default function optimistic(form) {
  let flipped = false;
  const undo = () => {
    if (flipped) flip(form);
    flipped = false;
  };
  // Not at the press: htmx drops a second one while the first is on its way.
  form.addEventListener("htmx:before:request", () => {
    flip(form);
    flipped = true;
  });
  form.addEventListener("htmx:error", undo);
  form.addEventListener("htmx:response:error", undo);
}
