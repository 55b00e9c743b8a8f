// The pages of one document, in their order. They arrive as HTML that the gateway has escaped; before that, as pictures.

const PICTURE = "data:image/jpeg;base64,";

export function noPages() {
  const pages = document.createElement("div");
  pages.className = "pages";
  return pages;
}

export const pageOf = (pages, index) => pages.querySelector(`:scope > #page-${index + 1}`);

// Shows what a page looks like until it is read.
export function preview(pages, index, jpeg) {
  if (pageOf(pages, index)) return;
  const number = index + 1;
  const section = document.createElement("section");
  section.className = "page";
  section.id = `page-${number}`;
  section.setAttribute("aria-label", `Page ${number}`);
  const head = document.createElement("h2");
  head.className = "number";
  head.textContent = `Page ${number}`;
  const sheet = document.createElement("figure");
  sheet.className = "sheet";
  const picture = new Image();
  picture.src = PICTURE + jpeg;
  picture.alt = `Picture of page ${number}`;
  sheet.append(picture);
  const text = document.createElement("p");
  text.className = "unread";
  text.textContent = "Not read yet";
  section.append(head, sheet, text);
  insert(pages, index, section);
}

export function place(pages, index, html) {
  const section = new DOMParser().parseFromString(html, "text/html").querySelector("section.page");
  const before = pageOf(pages, index);
  const picture = section.querySelector(".sheet > svg > image, .sheet > img");
  const source = picture?.localName === "image" ? "href" : "src";
  const seen = before?.querySelector(".sheet > img")?.src;
  if (seen && picture?.getAttribute(source) === PICTURE) picture.setAttribute(source, seen);
  if (before) before.remove();
  insert(pages, index, section);
  return section;
}

function insert(pages, index, section) {
  section.dataset.index = index;
  let last = pages.lastElementChild; // they come in their order, more or less
  while (last && Number(last.dataset.index) > index) last = last.previousElementSibling;
  if (last) last.after(section);
  else pages.prepend(section);
}
