/** Say something: it stands there at once, and says so if it could not be sent, with the same key for the next try. */
import { wait } from "./failures.js";

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

async function refusal(response) {
  const after = Number(response.headers.get("Retry-After"));
  if (response.status === 429 && after) return `Too much at once; try again in ${wait(after)}`;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.querySelector(".error span")?.textContent ?? "Not sent";
}

/** What a bubble of the page's own says, until the server's stands there. */
function pending(text, file) {
  const item = element("li", "said own sending");
  const bubble = element("div", "bubble");
  if (file) {
    const image = element("img", "");
    image.alt = file.name;
    image.src = URL.createObjectURL(file);
    image.onload = () => URL.revokeObjectURL(image.src);
    bubble.append(image);
  }
  if (text) bubble.append(element("p", "", text));
  item.append(bubble, element("p", "when", "Sending…"));
  return item;
}

/** The photo to be sent, shown before it is; returns what shows it anew. */
function choosing(form, picker) {
  const chosen = form.querySelector(".chosen");
  const choose = () => {
    const [file] = picker.files;
    chosen.hidden = !file;
    chosen.querySelector("span").textContent = file?.name ?? "";
    chosen.querySelector("img")?.remove();
    if (!file) return;
    const preview = Object.assign(new Image(48, 48), { alt: "", src: URL.createObjectURL(file) });
    preview.onload = () => URL.revokeObjectURL(preview.src);
    preview.onerror = () => preview.remove(); // a format that this browser can't show
    chosen.prepend(preview);
  };
  picker.addEventListener("change", choose);
  chosen.querySelector("button").addEventListener("click", () => {
    picker.value = "";
    choose();
    picker.focus();
  });
  return choose;
}

/** The server's bubble takes the place of the page's own. */
function settle(item, html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const said = holder.content.querySelector("li");
  item.replaceWith(said);
  if (said.isConnected) window.htmx?.process(said);
}

/** One try to send what `item` shows; those of `waiting` are not yet sent. */
async function attempt(form, item, body, waiting) {
  const when = item.querySelector(".when");
  when.textContent = "Sending…";
  item.classList.add("sending");
  const answer = await fetch(form.action, { method: "POST", headers: { "HX-Request": "true" }, body }).catch(() => null);
  if (answer?.status === 401) import("./signed-out.js").then(({ signedOut }) => signedOut());
  const elsewhere = answer?.headers.get("HX-Redirect");
  if (elsewhere) {
    location.assign(elsewhere);
    return;
  }
  if (answer?.ok) {
    const html = await answer.text();
    waiting.delete(item);
    settle(item, html);
    return;
  }
  const again = element("button", "text-button", "Try again");
  item.classList.remove("sending");
  when.replaceChildren(answer ? await refusal(answer) : "Not sent", " · ", again);
  again.addEventListener("click", async () => {
    // After signing in again the form's token is another one.
    await import("./signed-out.js").then(({ renew }) => renew()).catch(() => {});
    body.set("csrf_token", form.elements.csrf_token.value);
    attempt(form, item, body, waiting);
  });
}

export function sending(form, { show }) {
  const area = form.querySelector("textarea");
  const key = form.querySelector('[name="key"]');
  const picker = form.querySelector('[type="file"]');
  const choose = choosing(form, picker);
  const waiting = new Map();

  return {
    submit() {
      const body = new FormData(form);
      const text = area.value.trim();
      const [file] = picker.files;
      if (!text && !file) return;
      const item = pending(text, file);
      waiting.set(item, text);
      // The next message is another one: it gets a key of its own.
      key.value = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
      area.value = "";
      area.dispatchEvent(new Event("sent"));
      picker.value = "";
      choose();
      form.querySelector(".error")?.remove();
      show(item);
      attempt(form, item, body, waiting);
    },
    unsent: () => [...waiting.values()],
  };
}
