// Adds passkeys and signs in with them, where the browser can. Without it the forms for passwords do everything.
"use strict";

const PASSKEYS = {
  add: {
    begin: "/console/passkeys/begin",
    finish: "/console/passkeys/finish",
    ask: (options) =>
      navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey) }),
  },
  "sign-in": {
    begin: "/console/sign-in/passkey-begin",
    finish: "/console/sign-in/passkey",
    ask: (options) =>
      navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey) }),
  },
};

document.addEventListener("DOMContentLoaded", () => {
  if (!globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON) return;
  for (const place of document.querySelectorAll("[data-passkey]")) {
    const way = PASSKEYS[place.dataset.passkey];
    const form = place.matches("form") ? place : place.querySelector("form");
    const use = (event) => {
      event.preventDefault();
      usePasskey(way, form).catch((error) => tell(form, error.message));
    };
    form.addEventListener("submit", use);
    form.querySelector("button[type=button]")?.addEventListener("click", use);
    place.hidden = false;
  }
});

async function usePasskey(way, form) {
  const options = await send(way.begin, form, {});
  const credential = await way.ask(options);
  const { next } = await send(way.finish, form, { credential: JSON.stringify(credential.toJSON()) });
  location.assign(next);
}

async function send(path, form, more) {
  const body = new URLSearchParams(new FormData(form));
  for (const [name, value] of Object.entries(more)) body.set(name, value);
  const answer = await fetch(path, { method: "POST", body, headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error("The passkey was not accepted. Try again, or use your password.");
  return await answer.json();
}

function tell(form, sentence) {
  let place = form.querySelector("[role=alert]");
  if (!place) {
    place = document.createElement("p");
    place.className = "fault";
    place.setAttribute("role", "alert");
    form.append(place);
  }
  place.textContent = sentence;
  place.hidden = false;
}
