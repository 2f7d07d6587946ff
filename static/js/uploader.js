/**
 * Bring photos to the storage, three at a time, and follow them until they are ready.
 *
 * A photo is {key, file, name, type, state, …}; its state is waiting, uploading, processing, ready or failed, and
 * `changed(photo)` is called at every change, so that what is shown never lies.
 */
import { Refusal, ask, put } from "./api.js";
import { wait } from "./failures.js";

/** States in which bytes are still here alone. */
export const UNSENT = ["waiting", "uploading", "shrinking"];

const PARALLEL = 3;
const PAUSES = [1000, 2000, 4000, 8000];
const LONGEST_PAUSE = 60_000;
const GONE = "This photo is no longer kept. Remove it and add it again.";

const pause = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
});

/** Step 1: a medium of ours and the signed address for its bytes. */
async function reserve(photo, signal) {
  abandon(photo);
  const { name, type: content_type, file: { size } } = photo;
  const body = { filename: name.slice(-255), content_type, size, purpose: photo.purpose ?? "post" };
  const { id, upload } = await ask("POST", "/media/uploads", { body, signal });
  Object.assign(photo, { id, grant: upload });
}

/** Steps 2 and 3. A refused or outdated signature is forgotten, so that the next try begins with a fresh one. */
async function send(photo, signal, progress) {
  const outdated = !photo.grant || Date.parse(photo.grant.expires_at) < Date.now() + 5000;
  if (!photo.sent && outdated) await reserve(photo, signal);
  try {
    if (!photo.sent) await put(photo.file, photo.grant, { signal, progress });
    photo.sent = true;
    await ask("POST", `/media/uploads/${photo.id}/complete`, { signal });
  } catch (error) {
    if ([400, 403, 404, 409].includes(error.status)) {
      Object.assign(photo, { grant: null, sent: false });
      error.passing = true;
    }
    throw error;
  }
}

/** Forget the medium of a photo that will not be used; nothing waits for the answer. */
export function abandon(photo) {
  if (photo.id) ask("DELETE", `/media/${photo.id}`).catch(() => {});
  Object.assign(photo, { id: null, grant: null, sent: false });
}

/** What happens to one photo is told by `move(photo, state, more)`, in the three that follow. */
function fail(photo, error, move) {
  const lost = error.passing && !error.status;
  // What was refused is begun anew; what the connection lost may go on under its signature.
  if (!lost) Object.assign(photo, { grant: null, sent: false });
  // What the server says of a file it says each time; where it was at fault itself, it asks for another try.
  const final = error.status === 422 && !/upload it again|try again/i.test(error.message);
  move(photo, "failed", { reason: error.message, lost, final });
}

async function upload(photo, signal, move) {
  for (let attempt = 0; ; attempt += 1) {
    move(photo, "uploading", { progress: photo.sent ? 1 : 0 });
    try {
      return await send(photo, signal, (progress) => move(photo, "uploading", { progress }));
    } catch (error) {
      const ms = error.after ? error.after * 1000 : PAUSES[attempt];
      if (!error.passing || attempt >= PAUSES.length || ms > LONGEST_PAUSE) throw error;
      const reason = error.after ? `Many uploads at once. Going on in ${wait(error.after)}.` : `${error.message} Trying again by itself.`;
      move(photo, "waiting", { reason });
      await pause(ms, signal);
    }
  }
}

async function follow(photo, signal, move) {
  for (let ms = 2000; ; ms = Math.min(ms * 1.3, 15_000)) {
    try {
      const { status, error, media } = await ask("GET", `/media/uploads/${photo.id}/status`, { signal });
      if (status === "failed") throw new Refusal(error ?? "This photo could not be read.", { status: 422 });
      if (status === "ready") return move(photo, "ready", { url: media?.urls?.small });
    } catch (error) {
      if (error.status === 404) throw new Refusal(GONE, { status: 404 });
      if (!error.passing) throw error;
    }
    await pause(ms, signal);
  }
}

/** An uploader of `add`, `resume` and `remove`. */
export function uploader(changed) {
  const queue = [];
  let running = 0;

  const move = (photo, state, more = {}) => changed(Object.assign(photo, { state, reason: "", ...more }));

  async function run(photo) {
    photo.abort = new AbortController();
    const { signal } = photo.abort;
    running += 1;
    try {
      await upload(photo, signal, move);
    } catch (error) {
      if (!signal.aborted) fail(photo, error, move);
      return;
    } finally {
      running -= 1;
      start();
    }
    track(photo, signal);
  }

  function track(photo, signal) {
    move(photo, "processing");
    follow(photo, signal, move).catch((error) => signal.aborted || fail(photo, error, move));
  }

  function start() {
    while (running < PARALLEL && queue.length) run(queue.shift());
  }

  return {
    add(photo) { queue.push(photo); move(photo, "waiting"); start(); },
    /** Follow one that was uploaded before this page was opened. */
    resume(photo) { photo.abort = new AbortController(); track(photo, photo.abort.signal); },
    remove(photo) {
      if (queue.includes(photo)) queue.splice(queue.indexOf(photo), 1);
      photo.abort?.abort();
      abandon(photo);
    },
  };
}
