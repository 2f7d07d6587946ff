/** The compose page: photos go up while the caption is written, and a draft outlives whatever happens to the tab. */
import { draftOf } from "./compose-draft.js";
import { intake } from "./compose-intake.js";
import { dragToOrder } from "./compose-order.js";
import { PhotoRow } from "./compose-photos.js";
import { confirmDiscard, sharing } from "./compose-share.js";
import { announce } from "./toast.js";
import { UNSENT } from "./uploader.js";

export default async function compose(form) {
  const photos = [];
  const draft = await draftOf(form, photos);
  const discard = form.querySelector("[data-discard]");
  form.classList.add("enhanced");
  form.querySelector("[data-plain]").remove();

  const stay = (event) => {
    if (photos.some(({ state }) => UNSENT.includes(state))) event.preventDefault();
  };
  const leaving = () => {
    removeEventListener("beforeunload", stay);
    sessionStorage.setItem("posting", "1");
    return draft.flush();
  };
  const { proceed, stop } = sharing(form, { photos, draft, leaving });
  const changed = () => {
    discard.hidden = !photos.length && !draft.written();
    draft.save();
    proceed();
  };
  const row = new PhotoRow(form, photos, { draft, changed });

  for (const photo of draft.restore()) row.takeBack(photo);
  intake(form, (files) => row.take(files));
  if (new URLSearchParams(location.search).has("shared")) {
    const { takeShared, forgetShared } = await import("./shared.js");
    const { words, files } = await takeShared().catch(() => ({ words: "", files: [] }));
    form.elements.caption.value ||= words;
    row.take(files);
    if (files.length) draft.flush().then(forgetShared);
  }
  dragToOrder(form.querySelector("[data-tiles]"), () => row.reorder());
  changed();

  form.addEventListener("input", changed);
  discard.addEventListener("click", async () => {
    if (!(await confirmDiscard())) return;
    stop();
    row.clear();
    form.reset();
    form.elements.caption.dispatchEvent(new Event("input", { bubbles: true }));
    await draft.discard();
    announce("Draft discarded.");
  });
  addEventListener("beforeunload", stay);
  // Come back to by the Back button after sharing: begin again from what is kept.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
