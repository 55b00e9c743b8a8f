// Sends a document to the gateway and shows its pages as they come. Pages arrive as HTML that the gateway has escaped.
"use strict";

const at = (id) => document.getElementById(id);
const KEY = "ocr_async.key";

let given = null; // what was dropped, chosen or pasted: {name, body, type}
let work = null; // the AbortController of the reading under way
let models = []; // [{name, links}]
let result = null; // {markdown, response} of the last reading

// --- asking the gateway ---------------------------------------------------------------------------------------------

class Problem extends Error {
  constructor(message, id) {
    super(message);
    this.id = id;
  }
}

async function ask(path, options = {}) {
  const key = at("key").value.trim();
  const headers = { ...options.headers, ...(key && { Authorization: `Bearer ${key}` }) };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("The gateway does not answer. Is it still running?");
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  if (answer.status === 401) {
    at("key-field").hidden = false;
    at("key").focus();
  }
  throw problemOf(said, answer.status, key !== "");
}

const IN_WORDS = {
  model_not_found: "This model is not served here. Choose another one.",
  invalid_document_url: "The gateway cannot fetch this link. Save the document and drop the file instead.",
  password_required: "This document is encrypted. Save a copy without a password and drop that.",
  request_too_large: "This document is larger than the gateway takes.",
  queue_full: "The gateway is busy. Try again in a moment.",
  rate_limited: "This key has reached its limit. Try again in a moment.",
  budget_exceeded: "The budget of this key is used up.",
  timeout: "Reading took too long and was ended.",
  upstream_auth: "The OCR service refused the gateway's own key. Whoever runs the gateway has to look at it.",
  upstream_rate_limited: "The OCR service is at its limit. Try again in a moment.",
  upstream_unavailable: "The OCR service cannot be reached. Try again in a moment.",
};

function problemOf(said, status, keyGiven) {
  const words =
    status === 401
      ? keyGiven ? "The gateway does not know this key." : "This gateway asks for a key. Enter it above."
      : IN_WORDS[said.code] ?? (said.message ? `This did not work: ${said.message}` : `The gateway answered ${status}.`);
  return new Problem(words, said.request_id);
}

async function listModels() {
  const chosen = at("model").value;
  try {
    ({ models } = await (await ask("/page/offers")).json());
    at("model").replaceChildren(...models.map(({ name }) => new Option(name, name, false, name === chosen)));
    offer();
    sessionStorage.setItem(KEY, at("key").value);
    complain(null);
    return true;
  } catch (error) {
    if (at("key-field").hidden || at("key").value) complain(error); // else the field says what is missing
    return false;
  }
}

// Offers what the chosen model takes.
function offer() {
  at("link-field").hidden = !models.find(({ name }) => name === at("model").value)?.links;
}

// --- reading a document ---------------------------------------------------------------------------------------------

async function read() {
  work?.abort();
  const own = (work = new AbortController());
  const started = performance.now();
  begin();
  try {
    const path = `/page/read?${new URLSearchParams({ model: at("model").value, name: given.name })}`;
    const headers = { "Content-Type": given.type || "application/octet-stream" };
    const answer = await ask(path, { method: "POST", body: given.body, headers, signal: own.signal });
    let count = 0;
    for await (const line of lines(answer.body)) {
      if (line.event === "page") {
        place(line.index, line.html);
        say(`Reading ${given.name}: ${pages(++count)} so far…`);
      } else if (line.event === "done") {
        finish(line, (performance.now() - started) / 1000);
      } else if (line.event === "error") {
        throw problemOf(line.error, 0, true);
      }
    }
    if (result === null) throw new Problem("The connection broke before the document was read.");
  } catch (error) {
    if (own.signal.aborted && work !== own) return; // another document took its place
    say(own.signal.aborted ? "Stopped." : "");
    if (!own.signal.aborted) complain(error instanceof Problem ? error : new Problem("The connection broke. Try again."));
  }
  if (work !== own) return;
  work = null;
  at("stop").hidden = true;
  at("again").hidden = false;
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const rest = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = value.split("\n");
    while (parts.length > 1) {
      rest.push(parts.shift());
      yield JSON.parse(rest.splice(0).join(""));
    }
    rest.push(parts[0]);
  }
}

function begin() {
  result = null;
  complain(null);
  document.body.classList.add("read");
  at("pages").replaceChildren();
  at("pages").setAttribute("aria-busy", "true");
  at("result").hidden = at("stop").hidden = false;
  at("again").hidden = true;
  for (const button of document.querySelectorAll(".tools button")) button.disabled = true;
  say(`Reading ${given.name}…`);
}

function place(index, html) {
  const section = new DOMParser().parseFromString(html, "text/html").querySelector("section.page");
  section.dataset.index = index;
  const others = [...at("pages").children];
  const same = others.find((other) => Number(other.dataset.index) === index);
  if (same) same.replaceWith(section);
  else at("pages").insertBefore(section, others.find((other) => Number(other.dataset.index) > index) ?? null);
}

function finish(line, seconds) {
  result = line;
  at("pages").removeAttribute("aria-busy");
  const cost = line.response.cost?.total;
  const paid = cost ? `, ${cost.toLocaleString("en", { maximumSignificantDigits: 3 })} USD` : "";
  say(`${given.name}: ${pages(line.response.pages.length)} in ${seconds.toFixed(1)} s by ${line.response.model}${paid}`);
  for (const button of document.querySelectorAll(".tools button")) button.disabled = false;
}

const pages = (count) => `${count} ${count === 1 ? "page" : "pages"}`;

function say(text) {
  at("status").textContent = text;
}

function complain(error) {
  const problem = at("problem");
  problem.replaceChildren();
  problem.hidden = error === null;
  if (error === null) return;
  const words = document.createElement("span");
  words.textContent = error.message;
  if (error.id) {
    const id = document.createElement("small");
    id.textContent = `Request ${error.id}`;
    words.append(id);
  }
  problem.append(words);
}

// --- what people do -------------------------------------------------------------------------------------------------

function take(file) {
  if (!file) return;
  given = { name: file.name || "pasted document", body: file, type: file.type };
  read();
}

function takeLink(text) {
  const link = text.trim();
  if (!/^https?:\/\/\S+$/i.test(link)) return false;
  given = { name: link, body: link, type: "text/uri-list" };
  read();
  return true;
}

function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const stem = () => given.name.split(/[/?#]/).filter(Boolean).pop().replace(/\.\w+$/, "") || "document";

at("file").addEventListener("change", () => {
  take(at("file").files[0]);
  at("file").value = ""; // so that the same file can be chosen again
});
at("again").addEventListener("click", read);
at("stop").addEventListener("click", () => work?.abort());
at("key").addEventListener("change", async () => {
  if ((await listModels()) && given && !result && !work) read();
});
at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  takeLink(at("link").value);
});
at("model").addEventListener("change", () => {
  offer();
  if (given) at("again").focus();
});

at("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(result.markdown);
    say("The Markdown is in the clipboard.");
  } catch {
    say("The browser does not let this page write to the clipboard; save the Markdown instead.");
  }
});
at("save-markdown").addEventListener("click", () => save(`${stem()}.md`, "text/markdown", result.markdown));
at("save-json").addEventListener("click", () =>
  save(`${stem()}.json`, "application/json", JSON.stringify(result.response, null, 2)),
);

const isFile = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.toggle("dragging", isFile(event));
});
addEventListener("dragleave", (event) => event.relatedTarget ?? document.body.classList.remove("dragging"));
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  else takeLink(event.dataTransfer.getData("text/uri-list").split("\n")[0] || event.dataTransfer.getData("text"));
});
addEventListener("paste", (event) => {
  if (event.target instanceof HTMLInputElement) return;
  if (event.clipboardData.files.length) take(event.clipboardData.files[0]);
  else takeLink(event.clipboardData.getData("text"));
});

at("key").value = sessionStorage.getItem(KEY) ?? "";
at("key-field").hidden = at("key").value === "";
listModels();
