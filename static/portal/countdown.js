// Counts the seconds of a pause down and opens the button. Without this file the page says them.
(() => {
  "use strict";

  const follow = (text) => {
    const { one, many, done } = text.dataset;
    const buttons = document.querySelectorAll("form[data-counted] button");
    // Until when, not how often: a page in the background is woken seldom.
    const until = Date.now() + Number(text.dataset.countdown) * 1000;
    const voice = document.createElement("span");
    voice.className = "vh";
    voice.setAttribute("role", "status"); // spoken once, at the end
    text.after(voice);
    for (const button of buttons) button.disabled = true;

    const tick = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      if (left > 0) {
        text.textContent = left === 1 ? one : many.replace("{n}", left);
        setTimeout(tick, 500);
        return;
      }
      text.textContent = done;
      voice.textContent = done;
      for (const button of buttons) button.disabled = false;
    };
    tick();
  };

  for (const text of document.querySelectorAll("[data-countdown]")) follow(text);
})();
