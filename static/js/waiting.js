/** The page of what waits: each thing in words, to be changed, thrown away, or sent now. */

const DONE = { like: "A like", save: "A saved post", repost: "A repost", follow: "A follow" };

function make(name, text = "", more = {}) {
  return Object.assign(document.createElement(name), { textContent: text }, more);
}

/** "A comment", "A like taken back". */
function named(path) {
  const [, un, verb] = /\/(un)?(\w+)$/.exec(path) ?? [];
  if (path.startsWith("/messages/")) return "A message";
  return DONE[verb] ? DONE[verb] + (un ? " taken back" : "") : "A comment";
}

const tell = (word) => navigator.serviceWorker.controller?.postMessage(word);

function press(text, act, more = "") {
  const button = make("button", text, { type: "button", className: `button ${more}` });
  button.addEventListener("click", act);
  return button;
}

function item(entry) {
  const words = new URLSearchParams(entry.body).get("content");
  const card = make("section", "", { className: "stack" });
  const buttons = make("div", "", { className: "buttons" });
  card.append(make("h2", named(entry.path)));
  if (entry.refused) card.append(make("p", entry.refused, { className: "error" }));
  if (words === null) {
    if (entry.refused) buttons.append(press("Try again", () => tell({ outbox: "edit", id: entry.id, content: null })));
  } else {
    const field = make("div", "", { className: "field" });
    const area = make("textarea", words, { rows: 3, id: `words-${entry.id}` });
    field.append(make("label", "What it says", { htmlFor: area.id }), area);
    card.append(field);
    buttons.append(press(entry.refused ? "Send again" : "Save the change", () => tell({ outbox: "edit", id: entry.id, content: area.value })));
  }
  buttons.append(press("Throw away", () => tell({ outbox: "drop", id: entry.id }), "danger"));
  card.append(buttons);
  return card;
}

export default function waiting(box) {
  const shown = ({ detail }) => {
    // What is being typed stays: only what has come, gone or changed is drawn anew.
    if (box.dataset.shown === JSON.stringify(detail)) return;
    box.dataset.shown = JSON.stringify(detail);
    box.replaceChildren(...(detail.length ? detail.map(item) : [make("p", "Nothing waits.")]));
    if (!detail.some((entry) => !entry.refused)) return;
    const buttons = make("div", "", { className: "buttons" });
    buttons.append(press("Send now", () => tell("online"), "primary"));
    box.append(buttons);
  };
  document.addEventListener("outbox", shown);
  tell({ outbox: "list" });
}
