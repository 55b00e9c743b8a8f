// The page at /: takes documents and what is asked of them, and shows the one that is chosen.

import { access, ask, IN_WORDS, Problem } from "./gateway.js";
import { findIn, watchFinding } from "./finding.js";
import { tell } from "./problems.js";
import { Queue } from "./queue.js";
import { many } from "./reading.js";
import { FORMS, save } from "./saving.js";

const at = (id) => document.getElementById(id);
const KEY = "ocr_async.key";

let models = []; // [{name, links, languages}]
let complaint = null; // about what was asked, not about one document
let said = [null, ""]; // whose state the status tells, and which
const queue = new Queue(at("queue"), show);

// --- what is asked --------------------------------------------------------------------------------------------------

const model = () => models.find(({ name }) => name === at("model").value);

async function learn() {
  const chosen = at("model").value;
  access.key = at("key").value.trim();
  let offers;
  try {
    offers = await (await ask("/page/offers")).json();
  } catch (problem) {
    if (problem.status === 401) wantKey();
    complain(problem.status === 401 && !access.key ? null : problem); // the field says what is missing
    return false;
  }
  ({ models } = offers);
  at("keys").hidden = !offers.keys;
  const labelled = FORMS.filter(({ form }) => offers.forms.includes(form));
  at("form").replaceChildren(...labelled.map(({ form, label }) => new Option(label, form)));
  at("model").replaceChildren(...models.map(({ name }) => new Option(name, name, false, name === chosen)));
  sessionStorage.setItem(KEY, offers.master ? "" : access.key); // the master key is kept nowhere
  offer();
  complain(null);
  return true;
}

// Offers what the chosen model takes.
function offer() {
  at("link-field").hidden = !model()?.links;
  at("language-field").hidden = !model()?.languages;
}

function wantKey() {
  at("keys").hidden = false;
  at("key-field").hidden = false;
  at("key").focus();
}

function asked() {
  const languages = model()?.languages ? at("languages").value.split(/[\s,;+]+/).filter(Boolean) : [];
  return { model: at("model").value, languages, pages: wireRanges(at("pages-wanted").value) };
}

// Returns "1-3, 8" as programs say it, who count from 0.
function wireRanges(text) {
  if (!text.trim()) return "";
  return text
    .split(",")
    .map((part) => {
      const [, first, last = first] = /^\s*(\d{1,9})\s*(?:[-–]\s*(\d{1,9})\s*)?$/.exec(part) ?? [];
      if (!(first >= 1 && Number(last) >= Number(first))) {
        throw new Problem("Pages are numbers from 1 and ranges, such as 1-3, 8.");
      }
      return `${first - 1}-${last - 1}`;
    })
    .join();
}

// --- what is read ---------------------------------------------------------------------------------------------------

// Does what may end with a problem, and tells of that.
function attempt(what) {
  try {
    complain(null);
    what();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    complain(problem);
  }
}

function take(files) {
  const givens = Array.from(files, (file) => ({ name: file.name || "pasted document", body: file, type: file.type }));
  if (givens.length) attempt(() => queue.add(givens, asked()));
}

function takeLink(text) {
  const link = text.trim();
  if (!/^https?:\/\/\S+$/i.test(link)) return;
  attempt(() => {
    if (!model()?.links) throw new Problem(IN_WORDS.invalid_document_url);
    queue.add([{ name: link, body: link, type: "text/uri-list" }], asked());
  });
}

function again(readings) {
  attempt(() => {
    const wanted = asked();
    for (const one of readings) queue.again(one, wanted);
  });
}

// --- what is shown --------------------------------------------------------------------------------------------------

function show(one) {
  document.body.classList.toggle("read", one !== null);
  at("documents").hidden = queue.readings.length < 2;
  at("result").hidden = one === null;
  tell(complaint ?? one?.problem ?? null);
  if (one === null) return;
  if (at("holder").firstElementChild !== one.pages) at("holder").replaceChildren(one.pages);
  one.pages.setAttribute("aria-busy", String(one.state === "reading"));
  at("stop").hidden = one.isOver;
  at("again").hidden = !one.isOver;
  at("copy").disabled = at("save").disabled = one.state !== "done";
  at("far").hidden = one.state !== "reading";
  at("count").textContent = one.progress;
  at("clock").textContent = one.clock;
  if (one.count === null) at("progress").removeAttribute("value");
  else [at("progress").max, at("progress").value] = [one.count, one.came];
  if (said[0] !== one || said[1] !== one.state) {
    say(STATUS[one.state](one));
    if (one.problem?.status === 401) wantKey();
  }
  said = [one, one.state];
  findIn(one.pages);
}

const STATUS = {
  waiting: ({ name }) => `${name} waits for its turn.`,
  reading: ({ name }) => `Reading ${name}…`,
  stopped: () => "Stopped.",
  failed: () => "",
  done: ({ name, seconds, result: { response } }) => {
    const cost = response.cost?.total;
    const paid = cost ? `, ${cost.toLocaleString("en", { maximumSignificantDigits: 3 })} USD` : "";
    return `${name}: ${many(response.pages.length)} in ${seconds.toFixed(1)} s by ${response.model}${paid}`;
  },
};

function say(text) {
  at("status").textContent = text;
}

function complain(problem) {
  complaint = problem;
  tell(problem ?? queue.selected?.problem ?? null);
}

// --- what people do -------------------------------------------------------------------------------------------------

at("file").addEventListener("change", () => {
  take(at("file").files);
  at("file").value = ""; // so that the same file can be chosen again
});
at("again").addEventListener("click", () => again([queue.selected]));
at("stop").addEventListener("click", () => queue.selected.stop());
at("key").addEventListener("change", async () => {
  if (await learn()) again(queue.readings.filter(({ problem }) => problem?.status === 401));
});
at("ask").addEventListener("submit", (event) => event.preventDefault());
at("link").addEventListener("keydown", (event) => event.key === "Enter" && takeLink(at("link").value));
at("read-link").addEventListener("click", () => takeLink(at("link").value));
at("model").addEventListener("change", offer);

at("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(queue.selected.result.markdown);
    say("The Markdown is in the clipboard.");
  } catch {
    say("The browser does not let this page write to the clipboard; save the Markdown instead.");
  }
});
at("save").addEventListener("click", async () => {
  const [one, choice] = [queue.selected, at("form")];
  const label = choice.selectedOptions[0].label;
  say(`Making ${label} of ${one.name}…`);
  complain(null);
  try {
    await save(one, choice.value);
    say(`${label} of ${one.name} is saved.`);
  } catch (problem) {
    say("");
    complain(problem instanceof Problem ? problem : new Problem("The file could not be made. Try again."));
  }
});

const isFile = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.toggle("dragging", isFile(event));
});
addEventListener("dragleave", (event) => event.relatedTarget ?? document.body.classList.remove("dragging"));
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  if (event.dataTransfer.files.length) take(event.dataTransfer.files);
  else takeLink(event.dataTransfer.getData("text/uri-list").split("\n")[0] || event.dataTransfer.getData("text"));
});
addEventListener("paste", (event) => {
  if (event.target instanceof HTMLInputElement) return;
  if (event.clipboardData.files.length) take(event.clipboardData.files);
  else takeLink(event.clipboardData.getData("text"));
});

watchFinding();
at("key").value = sessionStorage.getItem(KEY) ?? "";
at("key-field").hidden = at("key").value === "";
learn();
