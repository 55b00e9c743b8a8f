// Copies and saves what was read.

export const FORMS = [
  { form: "md", label: "Markdown", ending: "md", type: "text/markdown", own: ({ markdown }) => markdown },
  {
    form: "json",
    label: "JSON",
    ending: "json",
    type: "application/json",
    own: ({ response }) => JSON.stringify(response, null, 2),
  },
];

export async function save(reading, form) {
  const { ending, type, own } = FORMS.find((one) => one.form === form);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([own(reading.result)], { type }));
  link.download = `${stem(reading.name)}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const stem = (name) => name.split(/[/?#]/).filter(Boolean).pop().replace(/\.\w+$/, "") || "document";
