/**
 * How much may still be written. It counts as the server does, by code points; `maxlength` counts an emoji twice and cuts
 * what is pasted, so it is taken off, and too much is said instead. Nothing is said while most is left.
 */
import { announce } from "./toast.js";

const SPOKEN = [100, 20, 0];

export default function counter(area) {
  const most = area.maxLength;
  const note = document.createElement("p");
  let before = -1;
  note.className = "count";
  if (most < 0) return;
  area.removeAttribute("maxlength");
  area.after(note);

  function say() {
    const left = most - [...area.value].length;
    const over = left < 0 ? `${(-left).toLocaleString("en")} too many` : "";
    note.textContent = over || (left < most / 2 ? `${left.toLocaleString("en")} left` : "");
    note.classList.toggle("over", left < 0);
    area.setCustomValidity(over && `This is ${over}: at most ${most.toLocaleString("en")} characters.`);
    if (SPOKEN.some((mark) => before > mark && left <= mark)) announce(note.textContent);
    before = left;
  }

  area.addEventListener("input", say);
  say();
}
