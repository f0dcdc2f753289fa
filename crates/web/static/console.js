// What the console can do beyond its forms: a preview and a list that follow what is typed, and keys. Every page of
// the console works without this file, and nothing here sends anything away.
"use strict";
(() => {
  const PAUSE_MS = 400;
  const TYPING = "input, textarea, select, [contenteditable]";

  // The part of that name out of an answer of the server, in the place of the old one.
  const take = async (request, name) => {
    const answer = await fetch(request);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(`[data-part="${name}"]`);
    if (fresh) document.querySelector(`[data-part="${name}"]`).replaceChildren(...fresh.childNodes);
    document.dispatchEvent(new Event("watchkeeper:fresh"));
  };

  // What is typed last wins: an answer to something older is never shown.
  const following = (form, name, request) => {
    let due = 0;
    let running = null;
    form.addEventListener("input", () => {
      clearTimeout(due);
      due = setTimeout(() => {
        running?.abort();
        running = new AbortController();
        take(new Request(...request(running.signal)), name).catch(() => {});
      }, PAUSE_MS);
    });
  };

  const previews = () => {
    for (const button of document.querySelectorAll("button[formaction][data-previews]")) {
      const form = button.form;
      following(form, button.dataset.previews, (signal) => [
        button.formAction,
        { method: "POST", body: new URLSearchParams(new FormData(form)), signal },
      ]);
    }
  };

  const sieves = () => {
    for (const form of document.querySelectorAll("form[data-sieves]")) {
      following(form, form.dataset.sieves, (signal) => {
        const address = new URL(form.action);
        address.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
        history.replaceState(null, "", address);
        return [address, { signal }];
      });
    }
  };

  const keysAreOn = () => { try { return localStorage.getItem("keys") !== "off"; } catch { return true; } };

  // Each key goes to the first element that names it.
  const press = (key) => {
    const target = [...document.querySelectorAll(`[data-key="${key}"]`)].find((it) => it.checkVisibility());
    if (!target) return false;
    if (target.matches("a, button")) target.click();
    else target.focus();
    return true;
  };

  // A link to a form may choose something in it on the way.
  const choices = () => document.addEventListener("click", ({ target }) => {
    const link = target.closest?.("a[data-chooses]");
    const select = link && document.getElementById(link.dataset.chooses);
    if (!select) return;
    select.value = link.dataset.value;
    select.dispatchEvent(new Event("input", { bubbles: true }));
  });

  const keys = () => {
    const list = document.getElementById("keys");
    if (!list) return;
    const show = () => { if (!list.open) list.showModal(); };
    const close = (event) => { event.preventDefault(); list.close(); };
    document.querySelector('a[href="#keys"]').addEventListener("click", (event) => { event.preventDefault(); show(); });
    list.querySelector("a").addEventListener("click", close);
    const choice = list.querySelector("input");
    choice.checked = keysAreOn();
    choice.closest("p").hidden = false;
    choice.addEventListener("change", () => {
      try { choice.checked ? localStorage.removeItem("keys") : localStorage.setItem("keys", "off"); } catch { /* not remembered */ }
    });
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
      if (event.target.matches(TYPING) || list.open || !keysAreOn()) return;
      if (event.key === "?") show();
      else if (!/^[a-z/]$/.test(event.key) || !press(event.key)) return;
      event.preventDefault();
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    previews();
    sieves();
    choices();
    keys();
  });
})();
