/** The dialog that lists the single keys and turns them off: some people's voice input presses keys unasked. */

function make(name, text = "", more = {}) {
  return Object.assign(document.createElement(name), { textContent: text }, more);
}

/** Show `keys` {key: [words, action]}; `turn(off)` is told when the switch is used. */
export function help(keys, { isOff, turn }) {
  if (document.querySelector("dialog[open]")) return;
  const dialog = make("dialog", "", { className: "keys" });
  const title = make("h2", "Keyboard", { id: "keys-title" });
  const list = make("dl");
  for (const [key, [words]] of Object.entries(keys)) {
    const row = make("div");
    const term = make("dt");
    term.append(make("kbd", key));
    row.append(term, make("dd", words));
    list.append(row);
  }
  const label = make("label", "", { className: "check" });
  const box = make("input", "", { type: "checkbox", checked: !isOff() });
  box.addEventListener("change", () => turn(!box.checked));
  label.append(box, make("span", "Use single-key shortcuts"));
  const close = make("button", "Close", { className: "button", type: "button" });
  close.addEventListener("click", () => dialog.close());
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(title, list, label, close);
  document.body.append(dialog);
  dialog.showModal();
}
