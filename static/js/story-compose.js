/** A new story: the photo goes up while its words are written. What can't go up this way goes with the form. */
import { isPhoto, typeOf } from "./compose-intake.js";
import { canShrink, shrink } from "./shrink.js";
import { UNSENT, uploader } from "./uploader.js";

const SAID = {
  waiting: "Waiting to be uploaded.", uploading: "Uploading …", shrinking: "Making it smaller …",
  processing: "Uploaded.", ready: "Uploaded.",
};
const NO_PHOTO = "This is not a photo that can be shown here. JPEG, PNG, WebP, HEIC and AVIF can.";
const TOO_LARGE = "This photo is larger than 10 MB. Choose a smaller one.";

/** What was chosen, as far as this browser can show it. */
function show(preview, file) {
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(file);
  preview.hidden = false;
  preview.onerror = () => { preview.hidden = true; }; // HEIC, which few browsers show
}

/** Give the photo a smaller file. False if that can't be done here. */
async function makeSmaller(photo, note) {
  note.textContent = SAID.shrinking;
  try {
    if (!canShrink) throw new Error("no worker");
    const file = await shrink(photo.file);
    Object.assign(photo, { file, name: file.name, type: file.type });
    return true;
  } catch {
    return false;
  }
}

function send(form, inputs, photo) {
  const id = Object.assign(document.createElement("input"), { type: "hidden", name: "media_id", value: photo.id });
  for (const input of inputs) input.disabled = true;
  form.append(id);
  form.submit();
}

export default function storyCompose(form) {
  const inputs = [...form.querySelectorAll('input[type="file"]')];
  const note = form.querySelector("[data-note]");
  const largest = Number(form.dataset.bytes);
  let photo = null;
  let waiting = false;

  const uploads = uploader((changed) => {
    if (changed !== photo) return;
    note.textContent = photo.reason || SAID[photo.state];
    if (photo.state === "failed") waiting = false;
    if (waiting && !UNSENT.includes(photo.state)) send(form, inputs, photo);
  });

  function say(words) {
    photo = null;
    waiting = false;
    note.textContent = words;
  }

  async function take(input) {
    const [file] = input.files;
    if (!file) return;
    for (const other of inputs) if (other !== input) other.value = "";
    if (photo) uploads.remove(photo);
    photo = { key: crypto.randomUUID(), file, name: file.name, type: typeOf(file), purpose: "story", state: "shrinking" };
    const mine = photo;
    show(form.querySelector("[data-preview]"), file);
    if (!isPhoto(photo.type)) return say(NO_PHOTO);
    if (file.size > largest && !(await makeSmaller(mine, note))) return say(TOO_LARGE);
    if (mine === photo) uploads.add(photo);
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
    else send(form, inputs, photo);
  });
  // Come back to by the Back button: begin again.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
