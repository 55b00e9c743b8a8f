// The documents that were given: some are read at once, the others wait; a list tells of each how far it is.

import { many, Reading } from "./reading.js";

const AT_ONCE = 2;

const STATES = {
  waiting: () => "waiting",
  reading: (one) => `${one.progress}, ${one.clock}`,
  done: (one) => `${many(one.result.response.pages.length)} in ${one.seconds.toFixed(1)} s`,
  failed: (one) => one.problem.message,
  stopped: (one) => (one.came ? `stopped after ${many(one.came)}` : "stopped"),
};

export class Queue {
  #items = new Map(); // by reading: its part of the list

  // list: the element that shows it; shown: called with what is to be shown, or null, each time anything of that changes
  constructor(list, shown) {
    this.list = list;
    this.shown = shown;
    this.selected = null;
    setInterval(() => {
      for (const one of this.readings) if (one.state === "reading") this.#changed(one);
    }, 500);
  }

  get readings() {
    return [...this.#items.keys()];
  }

  // Adds documents, and shows the first of them.
  add(givens, asked) {
    const added = givens.map((given) => new Reading(given, asked, (one) => this.#changed(one)));
    for (const one of added) this.#enlist(one);
    this.select(added[0]);
    this.#next();
  }

  again(one, asked) {
    one.wait(asked);
    this.#next();
  }

  remove(one) {
    one.stop();
    this.#items.get(one).remove();
    this.#items.delete(one);
    if (this.selected === one) this.select(this.readings.at(-1) ?? null);
  }

  select(one) {
    this.selected = one;
    for (const [each, item] of this.#items) {
      item.querySelector(".name").setAttribute("aria-current", String(each === one));
    }
    this.shown(one);
  }

  #next() {
    const waiting = this.readings.filter(({ state }) => state === "waiting");
    const busy = this.readings.filter(({ state }) => state === "reading").length;
    for (const one of waiting.slice(0, Math.max(0, AT_ONCE - busy))) one.run().then(() => this.#next());
  }

  #changed(one) {
    const item = this.#items.get(one);
    if (!item) return;
    item.dataset.state = one.state;
    item.querySelector(".state").textContent = STATES[one.state](one);
    const button = item.querySelector(".end");
    button.textContent = one.isOver ? "Remove" : "Stop";
    button.setAttribute("aria-label", `${button.textContent} ${one.name}`);
    if (one === this.selected) this.shown(one);
  }

  #enlist(one) {
    const item = document.createElement("li");
    const [name, state, end] = ["button", "span", "button"].map((tag) => document.createElement(tag));
    name.type = end.type = "button";
    [name.className, state.className, end.className] = ["name", "state", "end"];
    name.textContent = one.name;
    name.addEventListener("click", () => this.select(one));
    end.addEventListener("click", () => (one.isOver ? this.remove(one) : one.stop()));
    item.append(name, " ", state, " ", end);
    this.#items.set(one, item);
    this.list.append(item);
    this.#changed(one);
  }
}
