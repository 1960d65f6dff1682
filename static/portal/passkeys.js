// Passkeys live in the browser: this is the one thing of the portal that needs a script.
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const toBytes = (text) => {
    const base64 = text.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  };
  const toText = (buffer) => {
    const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  // As the standard's own parse…OptionsFromJSON and toJSON, which not every browser has yet.
  const read = (options) => {
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user.id = toBytes(options.user.id);
    for (const each of options.excludeCredentials || []) each.id = toBytes(each.id);
    return options;
  };
  const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const write = ({ id, rawId, type, response }) => {
    const parts = PARTS.filter((part) => response[part]).map((part) => [part, toText(response[part])]);
    return JSON.stringify({ id, rawId: toText(rawId), type, response: Object.fromEntries(parts) });
  };

  const ask = async (form) => {
    const answer = await fetch(form.dataset.challenge, {
      method: "POST",
      redirect: "manual",
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    });
    if (!answer.ok) throw new Error(answer.statusText);
    const publicKey = read(await answer.json());
    return form.dataset.passkey === "create"
      ? navigator.credentials.create({ publicKey })
      : navigator.credentials.get({ publicKey });
  };

  // What browsers throw when somebody says no, waits too long or has none, or has one already.
  const WORDS = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known" };

  const submit = async (event) => {
    event.preventDefault();
    const form = event.target;
    const button = form.querySelector("button");
    const error = form.querySelector("[role=alert]");
    error.hidden = true;
    button.disabled = true;
    try {
      form.elements.credential.value = write(await ask(form));
      form.submit();
    } catch ({ name }) {
      const said = error.querySelector("span") || error.appendChild(document.createElement("span"));
      said.textContent = form.dataset[WORDS[name]] || form.dataset.failed;
      error.hidden = false;
      button.disabled = false;
    }
  };

  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.addEventListener("submit", submit);
    form.hidden = false;
  }
  for (const note of document.querySelectorAll("[data-with-passkeys]")) note.hidden = false;
  for (const note of document.querySelectorAll("[data-without-passkeys]")) note.hidden = true;
})();
