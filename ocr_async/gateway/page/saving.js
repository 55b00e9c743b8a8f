// Copies and saves what was read. The page has its Markdown and JSON; other forms the gateway makes of them.

import { ask } from "./gateway.js";

export const FORMS = [
  { form: "md", label: "Markdown", ending: "md" },
  { form: "text", label: "Text", ending: "txt" },
  { form: "json", label: "JSON", ending: "json" },
  { form: "html", label: "HTML", ending: "html" },
  { form: "pdf", label: "Searchable PDF", ending: "pdf" },
  { form: "xlsx", label: "Tables: Excel", ending: "xlsx" },
  { form: "csv", label: "Tables: CSV", ending: "csv" },
  { form: "hocr", label: "hOCR", ending: "hocr" },
  { form: "alto", label: "ALTO", ending: "xml" },
];

const OWN = {
  md: ({ markdown }) => new Blob([markdown], { type: "text/markdown" }),
  json: ({ response }) => new Blob([JSON.stringify(response, null, 2)], { type: "application/json" }),
};

// Saves what *reading* found in *form*.
export async function save(reading, form) {
  const content = await (OWN[form]?.(reading.result) ?? made(reading, form));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = `${stem(reading.name)}.${FORMS.find((one) => one.form === form).ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function made({ body, name, result }, form) {
  const parts = new FormData();
  parts.append("response", new Blob([JSON.stringify(result.response)], { type: "application/json" }));
  if (body instanceof Blob && ["html", "pdf"].includes(form)) parts.append("file", body, name);
  return (await ask(`/page/render?form=${form}&name=${encodeURIComponent(name)}`, { method: "POST", body: parts })).blob();
}

const stem = (name) => name.split(/[/?#]/).filter(Boolean).pop().replace(/\.\w+$/, "") || "document";
