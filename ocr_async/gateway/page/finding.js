// Finds pages of the document that is shown, and text in them; hits are marked without changing the pages.

const MOST_HITS = 2000; // that are marked and gone through

const at = (id) => document.getElementById(id);
const texts = new WeakMap(); // by page: {text, nodes, starts}

let pages = null; // the element whose pages are looked through
let hits = []; // ranges
let present = -1; // the hit that was gone to
let planned = null;

// Folds case and accents, and keeps the length: places in the folded text are those in the text.
function folded(text) {
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  return Array.from({ length: text.length }, (_, place) => {
    const plain = text[place].normalize("NFD")[0].toLowerCase();
    return plain.length === 1 ? plain : text[place];
  }).join("");
}

function textOf(page) {
  if (texts.has(page)) return texts.get(page);
  const [nodes, starts, pieces] = [[], [], []];
  let length = 0;
  const inside = page.querySelector(":scope > .text");
  const walker = inside && document.createTreeWalker(inside, NodeFilter.SHOW_TEXT);
  while (walker?.nextNode()) {
    nodes.push(walker.currentNode);
    starts.push(length);
    pieces.push(folded(walker.currentNode.data));
    length += walker.currentNode.data.length;
  }
  const found = { text: pieces.join(""), nodes, starts };
  texts.set(page, found);
  return found;
}

function rangeOf({ nodes, starts }, begin, end) {
  const range = new Range();
  const within = (place, atEnd) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] < place || (!atEnd && starts[middle] === place)) low = middle;
      else high = middle - 1;
    }
    return [nodes[low], place - starts[low]];
  };
  range.setStart(...within(begin, false));
  range.setEnd(...within(end, true));
  return range;
}

function search() {
  const wanted = folded(at("search").value.trim());
  hits = [];
  let count = 0;
  if (wanted && pages) {
    const pattern = wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");
    for (const page of pages.children) {
      const found = textOf(page);
      for (const match of found.text.matchAll(new RegExp(pattern, "g"))) {
        if (++count <= MOST_HITS) hits.push(rangeOf(found, match.index, match.index + match[0].length));
      }
    }
  }
  present = Math.min(present, hits.length - 1);
  mark();
  at("previous").disabled = at("next").disabled = hits.length === 0;
  at("hits").textContent = !wanted ? "" : count === 0 ? "not found" : present < 0 ? hitsOf(count) : placeOf(present);
}

const hitsOf = (count) => `${count} ${count === 1 ? "hit" : "hits"}`;
const placeOf = (number) => `${number + 1} of ${hits.length}${hits.length === MOST_HITS ? "+" : ""}`;

function mark() {
  if (!globalThis.Highlight) return; // the browser is older; going to hits works all the same
  CSS.highlights.set("hit", new Highlight(...hits));
  CSS.highlights.set("present-hit", new Highlight(...(present < 0 ? [] : [hits[present]])));
}

function go(step) {
  if (planned !== null) planSearch(0);
  if (hits.length === 0) return;
  present = present < 0 && step < 0 ? hits.length - 1 : (present + step + hits.length) % hits.length;
  mark();
  const inside = hits[present].startContainer.parentElement;
  inside.scrollIntoView({ block: "center" });
  at("hits").textContent = `${placeOf(present)}, page ${Number(inside.closest(".page").dataset.index) + 1}`;
}

function planSearch(milliseconds) {
  clearTimeout(planned);
  planned = null;
  if (milliseconds === 0) search();
  else planned = setTimeout(() => planSearch(0), milliseconds);
}

function goToPage() {
  const number = at("goto").valueAsNumber;
  const page = [...(pages?.children ?? [])].find((one) => Number(one.dataset.index) === number - 1);
  at("of").textContent = page || Number.isNaN(number) ? "" : "is not there";
  if (!page) return;
  page.scrollIntoView({ block: "start" });
  const head = page.querySelector(".number");
  head.tabIndex = -1;
  head.focus({ preventScroll: true });
}

// Looks from now on through the pages in *shown*; to be called, too, when more of them have come.
export function findIn(shown) {
  const isOther = shown !== pages;
  pages = shown;
  if (isOther) present = -1;
  const last = pages.lastElementChild;
  at("goto").placeholder = last ? `to ${Number(last.dataset.index) + 1}` : "";
  if (at("search").value || hits.length) planSearch(isOther ? 0 : 300);
}

export function watchFinding() {
  at("find").addEventListener("submit", (event) => event.preventDefault());
  at("goto").addEventListener("change", goToPage);
  at("goto").addEventListener("keydown", (event) => event.key === "Enter" && goToPage());
  at("search").addEventListener("input", () => {
    present = -1;
    planSearch(150);
  });
  at("search").addEventListener("keydown", (event) => event.key === "Enter" && go(event.shiftKey ? -1 : 1));
  at("previous").addEventListener("click", () => go(-1));
  at("next").addEventListener("click", () => go(1));
}
