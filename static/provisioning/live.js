// The latest calls keep themselves current. Without this file the link beneath them does.
(() => {
  "use strict";
  const EVERY = 15_000;
  const SLOWEST = 5 * 60_000; // between attempts while the portal is not reached
  const SAID_APART = 60_000; // a busy directory must not talk all the time

  const follow = (region) => {
    const rows = region.querySelector("[data-rows]");
    const pause = region.querySelector("[data-pause]");
    const note = region.querySelector("[data-note]");
    const voice = region.querySelector("[role=status]");
    const words = region.dataset;
    let isPaused = false;
    let isOver = false;
    let isAsking = false;
    let wait = EVERY;
    let timer;
    let unsaid = 0;
    let saidAt = 0;

    const calls = (part) => [...part.querySelectorAll("[data-call]")].map((row) => row.dataset.call);

    const say = () => {
      if (!unsaid || Date.now() - saidAt < SAID_APART) return;
      voice.textContent = unsaid === 1 ? words.one : words.many.replace("{n}", unsaid);
      unsaid = 0;
      saidAt = Date.now();
    };

    // Whoever is in the middle of the rows, by keyboard or with a selection, keeps them.
    const isInUse = () => {
      const { isCollapsed, anchorNode } = getSelection();
      return rows.contains(document.activeElement) || (!isCollapsed && rows.contains(anchorNode));
    };

    const show = (html) => {
      const fresh = new DOMParser().parseFromString(html, "text/html").body;
      const known = calls(rows);
      unsaid += calls(fresh).filter((call) => !known.includes(call)).length;
      const isFirst = known.length === 0 && unsaid > 0;
      rows.replaceChildren(...fresh.childNodes);
      document.dispatchEvent(new Event("portal:rows"));
      note.textContent = isFirst && words.first ? words.first : words.on;
      say();
    };

    const end = () => {
      isOver = true;
      pause.hidden = true;
      note.textContent = words.over;
      voice.textContent = words.over;
    };

    const ask = async () => {
      if (isAsking || isOver) return;
      isAsking = true;
      try {
        const answer = await fetch(words.live, {
          redirect: "manual",
          signal: AbortSignal.timeout(10_000),
        });
        // Signed out, or not allowed any more: asking again would change nothing.
        if (answer.type === "opaqueredirect" || (answer.status >= 400 && answer.status < 500)) {
          end();
          return;
        }
        if (!answer.ok) throw new Error(answer.statusText);
        const html = await answer.text();
        wait = EVERY;
        if (!isPaused && !isInUse()) show(html);
      } catch {
        wait = Math.min(wait * 2, SLOWEST);
        note.textContent = words.away;
      } finally {
        isAsking = false;
      }
      plan();
    };

    const plan = () => {
      clearTimeout(timer);
      if (!isPaused && !isOver && !document.hidden) timer = setTimeout(ask, wait);
    };

    pause.hidden = false;
    note.textContent = words.on;
    pause.addEventListener("click", () => {
      isPaused = !isPaused;
      pause.querySelector("span").textContent = isPaused ? words.resume : words.pause;
      note.textContent = isPaused ? words.off : words.on;
      voice.textContent = note.textContent;
      if (isPaused) clearTimeout(timer);
      else ask();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) clearTimeout(timer);
      else if (!isPaused) ask();
    });
    plan();
  };

  for (const region of document.querySelectorAll("[data-live]")) follow(region);
})();
