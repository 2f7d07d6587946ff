/** A new story: the photo goes up while its words are written. What can't go up this way goes with the form. */
import { isPhoto, typeOf } from "./compose-intake.js";
import { canShrink, shrink } from "./shrink.js";
import { UNSENT, uploader } from "./uploader.js";

const SAID = {
  waiting: "Waiting to be uploaded.", uploading: "Uploading …", shrinking: "Making it smaller …",
  processing: "Uploaded.", ready: "Uploaded.",
};

export default function storyCompose(form) {
  const inputs = [...form.querySelectorAll('input[type="file"]')];
  const preview = form.querySelector("[data-preview]");
  const note = form.querySelector("[data-note]");
  const largest = Number(form.dataset.bytes);
  let photo = null;
  let waiting = false;

  const uploads = uploader((changed) => {
    if (changed !== photo) return;
    note.textContent = photo.reason || SAID[photo.state];
    if (photo.state === "failed") waiting = false;
    if (waiting && !UNSENT.includes(photo.state)) send();
  });

  async function take(input) {
    const [file] = input.files;
    if (!file) return;
    for (const other of inputs) if (other !== input) other.value = "";
    if (photo) uploads.remove(photo);
    photo = { key: crypto.randomUUID(), file, name: file.name, type: typeOf(file), purpose: "story", state: "shrinking" };
    const mine = photo;
    URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(file);
    preview.hidden = false;
    preview.onerror = () => { preview.hidden = true; }; // HEIC, which few browsers show
    if (!isPhoto(photo.type)) return say("This is not a photo that can be shown here. JPEG, PNG, WebP, HEIC and AVIF can.");
    if (file.size > largest && !(await smaller(mine))) return;
    if (mine === photo) uploads.add(photo);
  }

  async function smaller(mine) {
    note.textContent = SAID.shrinking;
    try {
      if (!canShrink) throw new Error("no worker");
      const file = await shrink(mine.file);
      Object.assign(mine, { file, name: file.name, type: file.type });
      return true;
    } catch {
      say("This photo is larger than 10 MB. Choose a smaller one.");
      return false;
    }
  }

  function say(words) {
    photo = null;
    waiting = false;
    note.textContent = words;
  }

  function send() {
    const id = Object.assign(document.createElement("input"), { type: "hidden", name: "media_id", value: photo.id });
    for (const input of inputs) input.disabled = true;
    form.append(id);
    form.submit();
  }

  for (const input of inputs) {
    input.addEventListener("change", () => take(input));
    if (input.files.length) take(input);
  }
  form.addEventListener("submit", (event) => {
    if (!photo || photo.state === "failed") return; // as any form is sent: the server says what is wrong
    event.preventDefault();
    waiting = true;
    if (UNSENT.includes(photo.state)) note.textContent = "Shared as soon as it is uploaded.";
    else send();
  });
  // Come back to by the Back button: begin again.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
