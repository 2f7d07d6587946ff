/** Share: waits visibly for uploads, asks once for descriptions, then sends the form as any form is sent. */
import { UNSENT } from "./uploader.js";

const STUCK = ["failed", "large"];

const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;

function choice(id) {
  const dialog = document.getElementById(id);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

/** True if the person agrees to throw the draft away. */
export const confirmDiscard = async () => (await choice("discard")) === "discard";

function hidden(form, name, value) {
  const input = Object.assign(document.createElement("input"), { type: "hidden", name, value });
  form.append(input);
}

const stuck = (photos) => photos.filter(({ state }) => STUCK.includes(state));
const holding = (photos) => photos.filter(({ state }) => UNSENT.includes(state));

/** What keeps this from being shared, in words, and the `place` where it is put right; null if nothing does. */
function hindrance(form, photos) {
  if (!photos.length) return { words: "Choose at least one photo.", place: form.querySelector('input[type="file"]') };
  const bad = stuck(photos);
  if (!bad.length) return null;
  const way = bad.some(({ final, file }) => final || !file) ? "Remove it or choose another" : "Try again or remove it";
  const words = `${plural(bad.length, "photo", "photos")} could not be uploaded. ${way}, then share.`;
  return { words, place: bad[0].tile.querySelector(".tile-state") };
}

async function describedEnough(photos, draft) {
  const bare = photos.filter(({ alt }) => !alt.trim());
  if (!bare.length || draft.asked) return true;
  draft.asked = true;
  document.querySelector("#describe [data-title]").textContent = bare.length === photos.length && bare.length === 1
    ? "Your photo has no description" : `${plural(bare.length, "photo has", "photos have")} no description`;
  if ((await choice("describe")) === "share") return true;
  bare[0].tile.querySelector("[data-alt]").focus();
  return false;
}

/**
 * `photos` is the live list, `draft.asked` remembers the question, `leaving()` is awaited before the form goes.
 * Returns `proceed`, to call whenever a photo changes, and `stop`, before all of them go.
 */
export function sharing(form, { photos, draft, leaving }) {
  const note = form.querySelector("[data-note]");
  const later = form.querySelector("[data-later]");
  let waiting = false;
  let gone = false;

  const stop = (words = "") => {
    waiting = false;
    later.hidden = true;
    note.textContent = words;
  };

  function refuse() {
    const found = hindrance(form, photos);
    if (!found) return false;
    stop(found.words);
    found.place.focus();
    return true;
  }

  async function send() {
    gone = true;
    for (const photo of photos) {
      hidden(form, "media_ids", photo.id);
      hidden(form, `alt-${photo.id}`, photo.alt);
    }
    stop("Sharing…");
    await leaving();
    form.submit();
  }

  function proceed() {
    const count = holding(photos).length;
    if (!waiting || gone) return;
    if (!photos.length || stuck(photos).length) refuse();
    else if (count) note.textContent = `Waiting for ${plural(count, "photo", "photos")} to be uploaded, then this is shared by itself.`;
    else send();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (gone || refuse() || !(await describedEnough(photos, draft))) return;
    waiting = true;
    later.hidden = !holding(photos).length;
    proceed();
  });
  later.addEventListener("click", () => stop());
  return { proceed, stop };
}
