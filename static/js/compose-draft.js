/** What the compose page keeps for later, and how it comes back. */
import * as drafts from "./drafts.js";

const SOON = 400;
const UPLOADED = ["processing", "ready"];

/** A photo as it is kept: what can be written down, and nothing of this page. */
const record = ({ key, name, type, alt, id, state }) => ({ key, name, type, alt, id: id ?? null, state });

/** Media that the server sent back with a refused form, in case no draft knows them. */
function returned(form) {
  return [...form.querySelectorAll('input[name="media_ids"]')].map((input) => {
    const alt = form.querySelector(`input[name="alt-${input.value}"]`);
    input.remove();
    alt?.remove();
    return { key: crypto.randomUUID(), name: "Photo", type: "", alt: alt?.value ?? "", id: input.value, state: "processing" };
  });
}

/** `photos` is the live list. Storage that fails is storage that isn't there: composing goes on without. */
export async function draftOf(form, photos) {
  const { owner } = form.dataset;
  const { caption, location } = form.elements;
  const mine = await drafts.claim();
  const found = mine ? await drafts.load(owner).catch(() => null) : null;
  let timer;

  const quietly = (work) => (mine ? work().catch(() => {}) : Promise.resolve());
  const written = () => Boolean(caption.value || location.value);

  const draft = {
    asked: found?.asked ?? false,
    written,
    keep: (photo) => quietly(() => drafts.keepFile(photo.key, photo.file)),
    /** The bytes of one that is ready, removed or refused are of no further use. */
    drop: (photo) => quietly(() => drafts.dropFile(photo.key)),
    flush() {
      clearTimeout(timer);
      const { asked } = draft;
      const kept = photos.filter(({ id, file }) => id || file).map(record);
      return quietly(() => (kept.length || written()
        ? drafts.save({ owner, asked, caption: caption.value, location: location.value, photos: kept })
        : drafts.clear()));
    },
    save() {
      clearTimeout(timer);
      timer = setTimeout(draft.flush, SOON);
    },
    discard() {
      clearTimeout(timer);
      return quietly(drafts.clear);
    },
    /** Text back into its fields; the photos to be shown again, each uploaded or with its bytes. */
    restore() {
      caption.value ||= found?.caption ?? "";
      location.value ||= found?.location ?? "";
      caption.dispatchEvent(new Event("input", { bubbles: true }));
      const known = (found?.photos ?? []).filter(({ id, state, file }) => file || (id && UPLOADED.includes(state)));
      const strangers = returned(form).filter(({ id }) => !known.some((photo) => photo.id === id));
      return [...known, ...strangers];
    },
  };
  return draft;
}
