/** A new story: the photo goes up while its words are written. What can't go up this way goes with the form. */
import { NO_PHOTO, isPhoto, tooLarge, typeOf } from "./compose-intake.js";
import { canShrink, shrink } from "./shrink.js";
import { UNSENT, uploader } from "./uploader.js";

const SAID = {
  waiting: "Waiting to be uploaded.", uploading: "Uploading …", shrinking: "Making it smaller …",
  processing: "Uploaded.", ready: "Uploaded.",
};

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

/** Send the form as soon as its photo is up: once, however long the answer takes. */
function proceed(form, story) {
  const { photo, stage } = story;
  if (stage !== "waiting" || UNSENT.includes(photo.state)) return;
  story.stage = "sent";
  const id = Object.assign(document.createElement("input"), { type: "hidden", name: "media_id", value: photo.id });
  for (const input of form.querySelectorAll('input[type="file"]')) input.disabled = true;
  form.append(id);
  form.submit();
}

export default function storyCompose(form) {
  const inputs = [...form.querySelectorAll('input[type="file"]')];
  const note = form.querySelector("[data-note]");
  const largest = Number(form.dataset.bytes);
  const story = { photo: null, stage: "" }; // then waiting for the photo, then sent

  const uploads = uploader((photo) => {
    if (photo !== story.photo) return;
    note.textContent = photo.reason || SAID[photo.state];
    if (photo.state === "failed" && story.stage === "waiting") story.stage = "";
    proceed(form, story);
  });

  function say(words) {
    Object.assign(story, { photo: null, stage: "" });
    note.textContent = words;
  }

  async function take(input) {
    const [file] = input.files;
    if (!file) return;
    for (const other of inputs) if (other !== input) other.value = "";
    if (story.photo) uploads.remove(story.photo);
    const photo = { key: crypto.randomUUID(), file, name: file.name, type: typeOf(file), purpose: "story", state: "shrinking" };
    story.photo = photo;
    show(form.querySelector("[data-preview]"), file);
    if (!isPhoto(photo.type)) return say(NO_PHOTO);
    const fits = file.size <= largest || await makeSmaller(photo, note);
    if (photo !== story.photo) return; // another one was chosen meanwhile
    if (fits) uploads.add(photo);
    else say(`${tooLarge(largest)}.`);
  }

  for (const input of inputs) {
    input.addEventListener("change", () => take(input));
    if (input.files.length) take(input);
  }
  form.addEventListener("submit", (event) => {
    const { photo, stage } = story;
    if (!photo || photo.state === "failed") return; // as any form is sent: the server says what is wrong
    event.preventDefault();
    if (stage === "sent") return;
    story.stage = "waiting";
    if (UNSENT.includes(photo.state)) note.textContent = "Shared as soon as it is uploaded.";
    proceed(form, story);
  });
  // Come back to by the Back button: begin again.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
