/**
 * The unfinished post, kept in IndexedDB until it is shared or discarded: one record of text and order, and the bytes
 * that are not uploaded yet. A browser without it (private windows) merely keeps no drafts.
 */
const NAME = "tintype-drafts";
const KEY = "post";

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("drafts");
    request.result.createObjectStore("files");
  };
  return done(request);
}

/** Run `work` on both stores in one transaction. */
async function within(mode, work) {
  const db = await open();
  try {
    const transaction = db.transaction(["drafts", "files"], mode);
    const finished = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await work(transaction.objectStore("drafts"), transaction.objectStore("files"));
    await finished;
    return result;
  } finally {
    db.close();
  }
}

/** True in the one tab that may keep the draft; held until the tab closes. */
export function claim() {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    navigator.locks.request(NAME, { ifAvailable: true }, (lock) => {
      resolve(Boolean(lock));
      return lock && new Promise(() => {});
    });
  });
}

/** The draft of `owner` with its files, or null. Somebody else's is thrown away unseen. */
export async function load(owner) {
  const draft = await within("readonly", async (drafts, files) => {
    const found = await done(drafts.get(KEY));
    for (const photo of found?.photos ?? []) photo.file = await done(files.get(photo.key));
    return found;
  });
  if (draft && draft.owner !== owner) await clear();
  return draft?.owner === owner ? draft : null;
}

export const save = (draft) => within("readwrite", (drafts) => done(drafts.put(draft, KEY)));
export const keepFile = (key, blob) => within("readwrite", (_, files) => done(files.put(blob, key)));
export const dropFile = (key) => within("readwrite", (_, files) => done(files.delete(key)));

export const clear = () => within("readwrite", (drafts, files) => {
  drafts.clear();
  return done(files.clear());
});

/** Leave no trace, for signing out. */
export const wipe = () => done(indexedDB.deleteDatabase(NAME));
