/** One photo's tile on the compose page: made from the template, and shown exactly as the photo's state is. */
import autogrow from "./autogrow.js";
import counter from "./counter.js";

const WORDS = {
  waiting: () => "Waiting",
  uploading: ({ progress }) => (progress < 1 ? `Uploading, ${Math.floor(progress * 100)} %` : "Uploaded, checking"),
  processing: () => "Uploaded, being prepared",
  ready: () => "Ready",
  failed: ({ reason }) => reason,
  large: ({ reason }) => reason,
  shrinking: () => "Making it smaller",
};

const preview = (photo, image) => {
  image.onload = () => { image.hidden = false; };
  // A format that this browser can't show (HEIC) gets its picture once the server has one.
  image.onerror = () => { image.hidden = true; };
  if (photo.file) image.src = photo.preview = URL.createObjectURL(photo.file);
};

/** A tile for `photo`; `act(photo, verb)` hears retry, shrink, earlier, later and remove, and alt when it is typed. */
export function makeTile(photo, act) {
  const element = document.getElementById("compose-tile").content.firstElementChild.cloneNode(true);
  const find = (selector) => element.querySelector(selector);
  const alt = find("[data-alt]");
  alt.id = `alt-${photo.key}`;
  alt.value = photo.alt;
  find(".tile-label").htmlFor = alt.id;
  autogrow(alt);
  counter(alt);
  find("[data-progress]").setAttribute("aria-label", `Upload of ${photo.name}`);
  preview(photo, find("[data-preview]"));
  alt.addEventListener("input", () => { photo.alt = alt.value; act(photo, "alt"); });
  element.addEventListener("click", (event) => {
    const verb = event.target.closest("[data-do]")?.dataset.do;
    if (verb) act(photo, verb);
  });
  return Object.assign(photo, { tile: element });
}

/** Bring the tile up to the photo's state. */
export function renderTile(photo) {
  const { tile, state } = photo;
  const find = (selector) => tile.querySelector(selector);
  const bar = find("[data-progress]");
  const alt = find("[data-alt]");
  tile.dataset.state = state;
  find("[data-words]").textContent = photo.reason || WORDS[state](photo);
  bar.hidden = state !== "uploading";
  bar.value = Math.round((photo.progress ?? 0) * 100);
  const hopeless = state === "failed" && (photo.final || !photo.file);
  find('[data-do="retry"]').hidden = state !== "failed" || hopeless;
  alt.closest(".field").hidden = hopeless;
  find('[data-do="shrink"]').hidden = !(state === "large" && photo.shrinkable);
  for (const mark of tile.querySelectorAll("[data-mark]")) mark.hidden = mark.dataset.mark !== (state === "large" ? "failed" : state);
  const image = find("[data-preview]");
  if (photo.url && image.hidden) image.src = photo.url;
}

/** Number the tiles, and name their buttons by it. */
export function numberTiles(photos) {
  photos.forEach(({ tile, name }, index) => {
    const which = `photo ${index + 1} of ${photos.length}`;
    tile.setAttribute("aria-label", `${which}, ${name}`.replace("p", "P"));
    tile.querySelector("[data-number]").textContent = index + 1;
    tile.querySelector("[data-name]").textContent = ` of ${which}`;
    for (const label of tile.querySelectorAll("[data-label]")) label.textContent = `${label.dataset.label}: ${which}`;
    // Not disabled: the button just pressed at the end of the row would lose the focus.
    tile.querySelector('[data-do="earlier"]').setAttribute("aria-disabled", index === 0);
    tile.querySelector('[data-do="later"]').setAttribute("aria-disabled", index === photos.length - 1);
  });
}

/** Take the tile away, with the memory of its preview. */
export function dropTile(photo) {
  photo.tile.remove();
  if (photo.preview) URL.revokeObjectURL(photo.preview);
}
