// Boxes and the text that they became point at each other: data-for holds the ids of the counterparts.
"use strict";

(() => {
  let lit = [];

  const counterparts = (one) => one.dataset.for.split(" ").map((id) => document.getElementById(id)).filter(Boolean);
  const pointing = (event) => (event.target instanceof Element ? event.target.closest("[data-for]") : null);

  function light(one) {
    for (const each of lit) each.classList.remove("lit");
    lit = one ? [one, ...counterparts(one)] : [];
    for (const each of lit) each.classList.add("lit");
  }

  function go(one) {
    const [first] = counterparts(one);
    if (!first) return;
    first.scrollIntoView({ block: "nearest" });
    first.focus({ preventScroll: true });
  }

  document.addEventListener("pointerover", (event) => light(pointing(event)));
  document.addEventListener("focusin", (event) => light(pointing(event)));

  document.addEventListener("click", (event) => {
    const one = pointing(event);
    if (!one?.matches(".box")) return; // a click into the text selects text
    event.preventDefault();
    go(one);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.(".text > [data-for]")) go(event.target);
    if (event.key === "Escape") light(null);
  });
})();
