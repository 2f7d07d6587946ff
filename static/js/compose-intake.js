/** Three ways for files to come in: chosen, dropped anywhere on the page, or pasted. */

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

/** `take(files)` gets every batch. */
export function intake(form, take) {
  const input = form.querySelector('input[type="file"]');
  // Its files go up by themselves; the form must not send them a second time.
  input.removeAttribute("name");
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    take(files);
  });
  if (input.files.length) input.dispatchEvent(new Event("change"));

  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    form.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) form.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    form.classList.remove("dropping");
    take([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    take(files);
  });
}

const TYPES = { jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", webp: "image/webp", heic: "image/heic", heif: "image/heif", avif: "image/avif" };

/** The type to ask storage for: the browser's word, or the name's ending where it has none (HEIC on most desktops). */
export function typeOf(file) {
  return file.type || TYPES[file.name.split(".").pop().toLowerCase()] || "";
}

export const NO_PHOTO = "This is not a photo that can be shown here. JPEG, PNG, WebP, HEIC and AVIF can.";
export const tooLarge = (bytes) => `This photo is larger than ${Math.floor(bytes / 2 ** 20)} MB. Choose a smaller one`;

/** Whether a photo of this type may go up at all. */
export const isPhoto = (type) => Object.values(TYPES).includes(type);
