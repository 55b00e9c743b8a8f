// One document on its way: from waiting to read, failed or stopped.

import { ask, events, Problem, problemOf } from "./gateway.js";
import { noPages, place, preview } from "./pages.js";

export const many = (count) => `${count} ${count === 1 ? "page" : "pages"}`;

export class Reading {
  #work = null;

  // given: {name, body, type}; asked: {model, pages, languages}; changed: called with this when anything of it changes
  constructor(given, asked, changed) {
    Object.assign(this, given);
    this.changed = changed;
    this.wait(asked);
  }

  wait(asked) {
    this.#work?.abort();
    this.#work = null;
    this.asked = asked;
    this.state = "waiting"; // then "reading", and "done", "failed" or "stopped"
    this.count = null; // of its pages, where that is known
    this.came = 0;
    this.began = this.ended = null; // milliseconds
    this.problem = null;
    this.result = null; // {markdown, response}
    this.pages = noPages();
    this.changed(this);
  }

  get isOver() {
    return this.state !== "waiting" && this.state !== "reading";
  }

  get seconds() {
    return this.began === null ? 0 : ((this.ended ?? performance.now()) - this.began) / 1000;
  }

  get clock() {
    const seconds = Math.floor(this.seconds);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  get progress() {
    return this.count === null ? `${many(this.came)} so far` : `${this.came} of ${this.count}`;
  }

  stop() {
    if (this.state === "waiting") this.#end("stopped");
    else this.#work?.abort();
  }

  async run() {
    const own = (this.#work = new AbortController());
    const { signal } = own;
    this.state = "reading";
    this.began = performance.now();
    this.changed(this);
    try {
      const headers = { "Content-Type": this.type || "application/octet-stream", Accept: "text/event-stream" };
      const answer = await ask(this.#path(), { method: "POST", body: this.body, headers, signal });
      for await (const event of events(answer.body)) this.#take(event);
      if (this.result === null) throw new Problem("The connection broke before the document was read.");
      this.#end("done");
    } catch (error) {
      if (this.#work !== own) return; // it waits again
      if (!signal.aborted) this.problem = error instanceof Problem ? error : new Problem("The connection broke. Try again.");
      this.#end(signal.aborted ? "stopped" : "failed");
    }
  }

  #path() {
    const { model, pages, languages } = this.asked;
    const query = new URLSearchParams({ model, name: this.name });
    if (pages) query.set("pages", pages);
    for (const language of languages) query.append("lang", language);
    return `/page/read?${query}`;
  }

  #take(event) {
    switch (event.event) {
      case "count":
        this.count = event.pages;
        break;
      case "picture":
        preview(this.pages, event.index, event.jpeg);
        break;
      case "page":
        place(this.pages, event.index, event.html);
        this.came += 1;
        break;
      case "done":
        this.result = event;
        break;
      case "error":
        throw problemOf(event.error, 0);
    }
    this.changed(this);
  }

  #end(state) {
    this.state = state;
    this.ended = performance.now();
    this.#work = null;
    this.changed(this);
  }
}
