/** Make a photo small enough to be sent, on this device. */
const EDGE = 2048;

/** Whether this browser can. */
export const canShrink = "OffscreenCanvas" in window && "createImageBitmap" in window;

/** A File of at most 2048 pixels a side, JPEG or WebP; an Error if the browser can't read this format. */
export function shrink(file) {
  const worker = new Worker(new URL("./shrink-worker.js", import.meta.url));
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: { blob, error } }) => {
      if (error) return reject(new Error(error));
      const suffix = blob.type === "image/webp" ? ".webp" : ".jpg";
      return resolve(new File([blob], file.name.replace(/\.\w+$/, "") + suffix, { type: blob.type }));
    };
    worker.onerror = () => reject(new Error("The worker did not start"));
    worker.postMessage({ file, edge: EDGE });
  }).finally(() => worker.terminate());
}
