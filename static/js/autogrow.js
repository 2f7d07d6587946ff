/** A text field as tall as its text, where the browser's own `field-sizing` does not do it. */
export default function autogrow(area) {
  if (CSS.supports("field-sizing", "content")) return;
  const grow = () => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  };
  area.addEventListener("input", grow);
  grow();
}
