/** In a worker, so that the page stays awake: decode, turn upright, scale to at most `edge` pixels, encode. */
const QUALITY = 0.9;

async function encode(canvas, type) {
  const blob = await canvas.convertToBlob({ type, quality: QUALITY });
  // A browser that can't write WebP answers with PNG, which would be larger than what came in.
  return blob.type === type ? blob : canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

self.onmessage = async ({ data: { file, edge } }) => {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, edge / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    const brush = canvas.getContext("2d");
    brush.imageSmoothingQuality = "high";
    brush.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    self.postMessage({ blob: await encode(canvas, file.type === "image/jpeg" ? "image/jpeg" : "image/webp") });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
