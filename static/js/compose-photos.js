/** The photos of the post being written: come in, are judged, go up, change places, leave. */
import { NO_PHOTO, isPhoto, tooLarge, typeOf } from "./compose-intake.js";
import { dropTile, makeTile, numberTiles, renderTile } from "./compose-tiles.js";
import { canShrink, shrink } from "./shrink.js";
import { announce, show } from "./toast.js";
import { uploader } from "./uploader.js";

const UNREADABLE = "This browser can't open that photo. Choose a smaller one.";

/** Fills the live list `photos`. `changed()` is called after every turn of a photo and of their order. */
export class PhotoRow {
  constructor(form, photos, { draft, changed }) {
    Object.assign(this, { form, photos, draft, changed, list: form.querySelector("[data-tiles]") });
    this.uploads = uploader((photo) => this.#shown(photo));
    addEventListener("online", () => {
      for (const photo of photos.filter(({ state, lost }) => state === "failed" && lost)) this.#begin(photo);
    });
  }

  take(files) {
    const most = Number(this.form.dataset.photos);
    const room = files.slice(0, most - this.photos.length);
    const left = files.length - room.length;
    if (left) show(`A post holds ${most} photos: ${left} left out.`, "error");
    for (const file of room) {
      const photo = { key: crypto.randomUUID(), file, name: file.name, type: typeOf(file), alt: "" };
      this.#place(photo);
      if (isPhoto(photo.type)) this.draft.keep(photo);
      this.#begin(photo);
    }
  }

  /** Take back one of a draft: its upload begins anew, or is followed to its end. */
  takeBack(photo) {
    const uploaded = !photo.file || ["processing", "ready"].includes(photo.state);
    this.#place(photo);
    if (uploaded) this.uploads.resume(photo);
    else this.#begin(photo);
  }

  /** The tiles were dragged: the list follows what is seen. */
  reorder() {
    const tiles = [...this.list.children];
    this.photos.sort((a, b) => tiles.indexOf(a.tile) - tiles.indexOf(b.tile));
    this.#arranged();
  }

  clear() {
    for (const photo of [...this.photos]) this.#remove(photo);
  }

  #shown(photo) {
    const before = photo.tile.dataset.state;
    renderTile(photo);
    if (photo.state === before) return;
    if (photo.state === "processing") announce(`${photo.name} is uploaded.`);
    if (photo.reason) announce(`${photo.name}: ${photo.reason}`);
    if (photo.state === "ready" || photo.final) this.draft.drop(photo);
    this.changed();
  }

  #turn(photo, state, more = {}) {
    this.#shown(Object.assign(photo, { state, reason: "" }, more));
  }

  #arranged() {
    this.list.hidden = !this.photos.length;
    numberTiles(this.photos);
    this.changed();
  }

  #place(photo) {
    this.photos.push(makeTile(photo, (one, verb) => this.#act(one, verb)));
    this.list.append(photo.tile);
    this.#arranged();
  }

  /** Judge the file before a byte of it goes up. */
  #begin(photo) {
    const largest = Number(this.form.dataset.bytes);
    if (!isPhoto(photo.type)) this.#turn(photo, "failed", { file: null, reason: NO_PHOTO });
    else if (photo.file.size > largest) {
      const reason = `${tooLarge(largest)}${canShrink ? ", or let us shrink it here" : ""}.`;
      this.#turn(photo, "large", { shrinkable: canShrink, reason });
    } else this.uploads.add(photo);
  }

  async #makeSmaller(photo) {
    this.#turn(photo, "shrinking");
    try {
      const file = await shrink(photo.file);
      if (!this.photos.includes(photo)) return;
      Object.assign(photo, { file, name: file.name, type: file.type });
      this.draft.keep(photo);
      this.#begin(photo);
    } catch {
      this.#turn(photo, "large", { shrinkable: false, reason: UNREADABLE });
    }
  }

  #move(photo, step) {
    const { photos } = this;
    const from = photos.indexOf(photo);
    const to = from + step;
    if (to < 0 || to >= photos.length) return;
    [photos[from], photos[to]] = [photos[to], photos[from]];
    // The neighbour moves: the button just pressed stays in the page and keeps the focus.
    const neighbour = photos[from].tile;
    if (step > 0) photo.tile.before(neighbour);
    else photo.tile.after(neighbour);
    this.#arranged();
    announce(`Photo ${to + 1} of ${photos.length}`);
  }

  #remove(photo) {
    const { photos } = this;
    const at = photos.indexOf(photo);
    photos.splice(at, 1);
    const next = photos[at] ?? photos.at(-1);
    this.uploads.remove(photo);
    dropTile(photo);
    this.draft.drop(photo);
    this.#arranged();
    announce(`${photo.name} removed.`);
    (next?.tile.querySelector('[data-do="remove"]') ?? this.form.querySelector('input[type="file"]')).focus();
  }

  #act(photo, verb) {
    const verbs = {
      retry: () => this.#begin(photo),
      shrink: () => this.#makeSmaller(photo),
      remove: () => this.#remove(photo),
      alt: () => this.changed(),
      earlier: () => this.#move(photo, -1),
      later: () => this.#move(photo, 1),
    };
    verbs[verb]();
  }
}
