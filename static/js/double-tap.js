/** Two taps on a photograph like it, and never take a like back. An extra beside the button, which says the same. */
import { icon } from "./toast.js";

const QUICK = 300;
const NEAR = 30;

function burst(photos) {
  const heart = document.createElement("span");
  heart.className = "burst";
  heart.setAttribute("aria-hidden", "true");
  heart.append(icon("heart-filled"));
  photos.append(heart);
  setTimeout(() => heart.remove(), 700);
}

export default function doubleTap(photos) {
  let last = null;
  photos.addEventListener("pointerup", (event) => {
    if (event.button !== 0 || event.target.closest("button, a, details")) return;
    const { timeStamp, clientX, clientY } = event;
    const near = last && Math.hypot(clientX - last.clientX, clientY - last.clientY) < NEAR;
    if (!near || timeStamp - last.timeStamp > QUICK) {
      last = { timeStamp, clientX, clientY };
      return;
    }
    last = null;
    const button = photos.closest("article").querySelector('[id^="like-button"]');
    if (!button) return;
    burst(photos);
    if (button.getAttribute("aria-pressed") === "false") button.form.requestSubmit(button);
  });
}
