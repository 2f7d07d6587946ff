/** A long caption is cut after three lines by the style sheet; here comes the "more" that opens it. */
export default function clamp(caption) {
  if (caption.scrollHeight <= caption.clientHeight + 1) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "clamp-more";
  button.textContent = "more";
  button.addEventListener("click", () => {
    caption.classList.add("open");
    // The button goes; a reader by keyboard goes on where the text does.
    caption.tabIndex = -1;
    caption.focus({ preventScroll: true });
    button.remove();
  });
  caption.after(button);
}
