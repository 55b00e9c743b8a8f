// Asks the gateway, with the key that was entered, and says in words what goes wrong.

export const access = { key: "" }; // in this page's memory; who may keep it elsewhere is for others to say

export class Problem extends Error {
  constructor(message, { id, status, code } = {}) {
    super(message);
    this.id = id;
    this.status = status;
    this.code = code;
  }
}

export async function ask(path, options = {}) {
  const { key } = access;
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
  throw problemOf(said, answer.status);
}

export const IN_WORDS = {
  model_not_found: "This model is not served here. Choose another one.",
  invalid_document_url: "The gateway cannot fetch this link. Save the document and drop the file instead.",
  password_required: "This document is encrypted. Save a copy without a password and drop that.",
  request_too_large: "This document is larger than the gateway takes.",
  queue_full: "The gateway is busy. Try again in a moment.",
  rate_limited: "This key has reached its limit. Try again in a moment.",
  budget_exceeded: "The budget of this key is used up.",
  master_key_needed: "This needs the master key.",
  no_table: "There is no table in this document.",
  no_document: "This needs the document itself, which a link is not.",
  timeout: "It took too long and was ended.",
  upstream_auth: "The OCR service refused the gateway's own key. Whoever runs the gateway has to look at it.",
  upstream_rate_limited: "The OCR service is at its limit. Try again in a moment.",
  upstream_unavailable: "The OCR service cannot be reached. Try again in a moment.",
};

export function problemOf(said, status) {
  const words =
    status === 401
      ? access.key ? "The gateway does not know this key." : "This gateway asks for a key. Enter it above."
      : IN_WORDS[said.code] ?? (said.message ? `This did not work: ${said.message}` : `The gateway answered ${status}.`);
  return new Problem(words, { id: said.request_id, status, code: said.code });
}

// Yields what server-sent events carry.
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const rest = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = value.split("\n");
    while (parts.length > 1) {
      rest.push(parts.shift());
      const line = rest.splice(0).join("");
      if (line.startsWith("data: ")) yield JSON.parse(line.slice(6));
    }
    rest.push(parts[0]);
  }
}
