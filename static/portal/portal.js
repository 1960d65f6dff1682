// Comfort, never the way through: every page works without this file.
(() => {
  "use strict";

  // Theme. The key and its values are the ones Django's admin uses. What is saved for the account
  // stands in the page; the button saves it there too.
  const root = document.documentElement;
  const saved = document.querySelector('meta[name="theme"]');
  const remembered = () => {
    if (saved) return saved.content;
    try {
      const mode = localStorage.getItem("theme");
      return mode === "light" || mode === "dark" ? mode : "auto";
    } catch {
      return "auto"; // storage is switched off: the system decides on each page
    }
  };
  const apply = (mode) => {
    root.dataset.theme = mode;
    for (const button of document.querySelectorAll(".theme-toggle")) {
      button.setAttribute("aria-label", button.dataset[mode]);
      button.title = button.dataset[mode];
    }
  };
  const keep = (form, mode) => {
    const data = new FormData(form);
    data.delete("next");
    data.set("theme", mode);
    data.set("quiet", "1");
    return navigator.sendBeacon(form.action, data);
  };
  const cycle = (button) => {
    // As the system, then the opposite of the system, then the system's own, fixed.
    const order = matchMedia("(prefers-color-scheme: dark)").matches
      ? ["auto", "light", "dark"]
      : ["auto", "dark", "light"];
    const mode = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
    apply(mode);
    const lost = button.form && !keep(button.form, mode);
    say(lost ? button.form.dataset.failed : button.dataset[mode]);
    if (saved) saved.content = mode;
    try {
      localStorage.setItem("theme", mode);
    } catch {
      return; // holds for this page alone
    }
  };
  apply(remembered()); // before the first paint: this file loads in the head

  // What a button did, for people who don't see it change.
  let live;
  const say = (text) => {
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 50);
  };

  const copy = async (button) => {
    const code = button.parentElement.querySelector("code");
    const word = button.querySelector("span");
    const before = button.dataset.word || word.textContent;
    button.dataset.word = before;
    let outcome = button.dataset.done;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      outcome = button.dataset.failed;
    }
    word.textContent = outcome;
    say(outcome);
    clearTimeout(button.timer);
    button.timer = setTimeout(() => { word.textContent = before; }, 2500);
  };

  // Menus of chips close like menus.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll(".chips details[open]")) {
      if (menu !== except) menu.open = false;
    }
  };

  // Tables that become cards on phones lose their meaning in some browsers; roles keep it.
  const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };
  const roleOf = (part) => ROLES[part.tagName]
    || (part.tagName === "TH" && (part.scope === "row" ? "rowheader" : "columnheader"));
  const keepTables = () => {
    for (const part of document.querySelectorAll("table.cards, table.cards *, .prose table, .prose table *")) {
      const role = roleOf(part);
      if (role && !part.hasAttribute("role")) part.setAttribute("role", role);
    }
  };

  // Addresses and names break between their parts rather than in the middle of a word.
  const breakBetweenWords = () => {
    for (const code of document.querySelectorAll("code:not(.words code), .mono")) {
      for (const text of [...code.childNodes]) {
        if (text.nodeType !== Node.TEXT_NODE || !/[/:.?&=_@-]\w/.test(text.data)) continue;
        const parts = text.data.split(/(?<=[/:.?&=_@-])(?=\w)/);
        text.replaceWith(...parts.flatMap((part, at) => at ? [document.createElement("wbr"), part] : [part]));
      }
    }
  };

  // A menu that would leave the page opens to the other side.
  const keepInside = ({ target }) => {
    const menu = target.open && target.matches(".chips details") && target.querySelector(".menu");
    if (!menu) return;
    menu.classList.remove("before");
    const { right } = menu.getBoundingClientRect();
    menu.classList.toggle("before", right > document.documentElement.clientWidth);
  };

  document.addEventListener("toggle", keepInside, true);
  document.addEventListener("portal:rows", () => { keepTables(); breakBetweenWords(); }); // rows that came later
  document.addEventListener("DOMContentLoaded", () => {
    keepTables();
    breakBetweenWords();
    live = document.createElement("p");
    live.className = "vh";
    live.setAttribute("role", "status");
    document.body.append(live);
    apply(remembered());
    for (const button of document.querySelectorAll("[data-copy], .theme-toggle")) {
      button.hidden = false;
    }
  });
  document.addEventListener("submit", (event) => {
    // The click has done it.
    if (event.submitter && event.submitter.matches(".theme-toggle")) event.preventDefault();
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-copy], .theme-toggle");
    if (button) button.matches("[data-copy]") ? copy(button) : cycle(button);
    closeMenus(target.closest(".chips details"));
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    const menu = document.querySelector(".chips details[open]:focus-within");
    closeMenus();
    if (menu) menu.querySelector("summary").focus();
  });
})();
