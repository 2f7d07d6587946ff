/** Ask Tintype's JSON API with the session of this page; what goes wrong becomes a Refusal that a person can read. */
import { wait } from "./failures.js";

const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** `passing` says that trying again may help, `after` (seconds) when the server wants it to be. */
export class Refusal extends Error {
  constructor(message, { status = 0, passing = false, after = null } = {}) {
    super(message);
    Object.assign(this, { status, passing, after });
  }
}

const NO_ANSWER = "Couldn't reach the server.";

function sentence(status, problem, after) {
  const [first] = Object.values(problem.errors ?? {}).flat();
  if (status === 401 && !first) return "You have been signed out. Sign in again; what you wrote is kept.";
  if (status === 429 && after) return `That was a lot in a short time. Try again in ${wait(after)}.`;
  return first ?? problem.detail ?? "That did not work. Try again in a moment.";
}

/** The body of the answer, null if it has none. Errors: Refusal, or AbortError of `signal`. */
export async function ask(method, path, { body, signal } = {}) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrf() };
  if (body) headers["Content-Type"] = "application/json";
  const options = { method, headers, signal, body: body && JSON.stringify(body) };
  const response = await fetch(`/api/v1${path}`, options).catch((error) => {
    if (signal?.aborted) throw error;
    throw new Refusal(NO_ANSWER, { passing: true });
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const { status } = response;
  const after = Number(response.headers.get("Retry-After")) || null;
  throw new Refusal(sentence(status, answer, after), { status, after, passing: status === 429 || status >= 500 });
}

/** Send bytes to the storage's signed address; `progress` hears a share from 0 to 1. fetch could not tell it. */
export function put(blob, { url, headers }, { signal, progress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const lost = () => reject(new Refusal(NO_ANSWER, { passing: true }));
    // A dead connection reports nothing for minutes: a minute without a byte is taken as lost.
    let silence;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => { lost(); request.abort(); }, 60_000);
    };
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) {
      // The browser sets these itself and forbids us to.
      if (!/^(content-length|host)$/i.test(name)) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => { listen(); progress(event.loaded / (event.total || blob.size)); };
    request.onerror = lost;
    request.onload = () => {
      const { status } = request;
      if (status < 300) resolve();
      else reject(new Refusal("The storage did not take this photo.", { status, passing: true }));
    };
    request.onloadend = () => clearTimeout(silence);
    signal.addEventListener("abort", () => { request.abort(); reject(signal.reason); });
    listen();
    request.send(blob);
  });
}
