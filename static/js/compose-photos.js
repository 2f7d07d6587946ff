/** The photos of the post being written: come in, are judged, go up, change places, leave. */
import { isPhoto, typeOf } from "./compose-intake.js";
import { dropTile, makeTile, numberTiles, renderTile } from "./compose-tiles.js";
import { canShrink, shrink } from "./shrink.js";
import { announce, show } from "./toast.js";
import { uploader } from "./uploader.js";

const NO_PHOTO = "This is not a photo that can be shown here. JPEG, PNG, WebP, HEIC and AVIF can.";
const UNREADABLE = "This browser can't open that photo. Choose a smaller one.";

const tooLarge = (bytes) => `This photo is larger than ${Math.floor(bytes / 2 ** 20)} MB. `
  + `Choose a smaller one${canShrink ? ", or let us shrink it here" : ""}.`;

/** Fills the live list `photos`. `changed()` is called after every turn of a photo and of their order. */
export function photoRow(form, photos, { draft, changed }) {
  const list = form.querySelector("[data-tiles]");
  const most = Number(form.dataset.photos);
  const largest = Number(form.dataset.bytes);

  const shown = (photo) => {
    const before = photo.tile.dataset.state;
    renderTile(photo);
    if (photo.state === before) return;
    if (photo.state === "processing") announce(`${photo.name} is uploaded.`);
    if (photo.reason) announce(`${photo.name}: ${photo.reason}`);
    if (photo.state === "ready" || photo.final) draft.drop(photo);
    changed();
  };
  const turn = (photo, state, more = {}) => shown(Object.assign(photo, { state, reason: "" }, more));
  const uploads = uploader(shown);

  function arranged() {
    list.hidden = !photos.length;
    numberTiles(photos);
    changed();
  }

  function place(photo) {
    photos.push(makeTile(photo, act));
    list.append(photo.tile);
    arranged();
  }

  /** Judge the file before a byte of it goes up. */
  function begin(photo) {
    if (!isPhoto(photo.type)) turn(photo, "failed", { file: null, reason: NO_PHOTO });
    else if (photo.file.size > largest) turn(photo, "large", { shrinkable: canShrink, reason: tooLarge(largest) });
    else uploads.add(photo);
  }

  function take(files) {
    const room = files.slice(0, most - photos.length);
    const left = files.length - room.length;
    if (left) show(`A post holds ${most} photos: ${left} left out.`, "error");
    for (const file of room) {
      const photo = { key: crypto.randomUUID(), file, name: file.name, type: typeOf(file), alt: "" };
      place(photo);
      if (isPhoto(photo.type)) draft.keep(photo);
      begin(photo);
    }
  }

  async function makeSmaller(photo) {
    turn(photo, "shrinking");
    try {
      const file = await shrink(photo.file);
      if (!photos.includes(photo)) return;
      Object.assign(photo, { file, name: file.name, type: file.type });
      draft.keep(photo);
      begin(photo);
    } catch {
      turn(photo, "large", { shrinkable: false, reason: UNREADABLE });
    }
  }

  function move(photo, step) {
    const from = photos.indexOf(photo);
    const to = from + step;
    if (to < 0 || to >= photos.length) return;
    [photos[from], photos[to]] = [photos[to], photos[from]];
    // The neighbour moves: the button just pressed stays in the page and keeps the focus.
    const neighbour = photos[from].tile;
    if (step > 0) photo.tile.before(neighbour);
    else photo.tile.after(neighbour);
    arranged();
    announce(`Photo ${to + 1} of ${photos.length}`);
  }

  function remove(photo) {
    const at = photos.indexOf(photo);
    photos.splice(at, 1);
    const next = photos[at] ?? photos.at(-1);
    uploads.remove(photo);
    dropTile(photo);
    draft.drop(photo);
    arranged();
    announce(`${photo.name} removed.`);
    (next?.tile.querySelector('[data-do="remove"]') ?? form.querySelector('input[type="file"]')).focus();
  }

  const verbs = { retry: begin, shrink: makeSmaller, remove, alt: changed, earlier: (photo) => move(photo, -1), later: (photo) => move(photo, 1) };
  const act = (photo, verb) => verbs[verb](photo);

  addEventListener("online", () => photos.filter(({ state, lost }) => state === "failed" && lost).forEach(begin));

  return {
    take,
    /** Take back one of a draft: its upload begins anew, or is followed to its end. */
    takeBack(photo) {
      const uploaded = !photo.file || ["processing", "ready"].includes(photo.state);
      place(photo);
      if (uploaded) uploads.resume(photo);
      else begin(photo);
    },
    /** The tiles were dragged: the list follows what is seen. */
    reorder() {
      const tiles = [...list.children];
      photos.sort((a, b) => tiles.indexOf(a.tile) - tiles.indexOf(b.tile));
      arranged();
    },
    clear() { for (const photo of [...photos]) remove(photo); },
  };
}
