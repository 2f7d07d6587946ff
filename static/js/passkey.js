/**
 * Forms that ask the device for a passkey: data-passkey="add" makes one, "login" signs in by one and goes to
 * data-next, "confirm" shows by one who is here.
 * They are hidden until here, because nothing but a script can do it.
 */
import { ask } from "./api.js";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const plain = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** What browsers before 2025 can't do by themselves (parse…OptionsFromJSON, toJSON). */
function parsed(options) {
  const list = (named) => (named ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  return {
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    excludeCredentials: list(options.excludeCredentials),
    allowCredentials: list(options.allowCredentials),
  };
}

function written({ id, rawId, type, response }) {
  const fields = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const given = fields.filter((name) => response[name]).map((name) => [name, plain(response[name])]);
  return { id, rawId: plain(rawId), type, response: Object.fromEntries(given), clientExtensionResults: {} };
}

async function signed() {
  const publicKey = parsed(await ask("POST", "/auth/passkeys/login/options"));
  return written(await navigator.credentials.get({ publicKey }));
}

const ways = {
  async add(form) {
    const { password, name } = Object.fromEntries(new FormData(form));
    const publicKey = parsed(await ask("POST", "/auth/passkeys/options", { body: password ? { password } : {} }));
    const credential = written(await navigator.credentials.create({ publicKey }));
    await ask("POST", "/auth/passkeys", { body: { credential, name } });
    location.assign("/settings/passkeys");
  },
  async login(form) {
    const credential = await signed();
    const stay = document.querySelector("input[name=stay]")?.checked ?? false;
    await ask("POST", "/auth/passkeys/login", { body: { credential, stay } });
    location.assign(form.dataset.next);
  },
  async confirm(form) {
    await ask("POST", "/auth/confirm", { body: { credential: await signed() } });
    location.assign(form.dataset.next);
  },
};

const sentences = {
  NotAllowedError: "Your device did not give a passkey. Try once more.",
  InvalidStateError: "This device has a passkey for this account already.",
  SecurityError: "Passkeys need the site's own name. Open it by its name, not by a number.",
};

export default function passkey(form) {
  if (!window.PublicKeyCredential) return;
  form.hidden = false;
  const error = form.querySelector(".error");
  const button = form.querySelector("button:not([type])");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.hidden = button.disabled = true;
    try {
      await ways[form.dataset.passkey](form);
    } catch (refusal) {
      error.textContent = sentences[refusal.name] ?? refusal.message;
      error.hidden = button.disabled = false;
    }
  });
}
