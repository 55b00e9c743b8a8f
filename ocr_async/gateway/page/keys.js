// The page at /page/keys: who may use the gateway, and what each key has spent, for whoever has the master key.

import { access, ask, Problem } from "./gateway.js";
import { tell } from "./problems.js";

const SIZE = 100; // keys shown at once

const at = (id) => document.getElementById(id);
let page = 0;

const number = (value) => value.toLocaleString("en", { maximumFractionDigits: 4 });
const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

async function show() {
  tell(null);
  try {
    const { data, total } = await (await ask(`/v1/keys?page=${page}&page_size=${SIZE}`)).json();
    at("keys").replaceChildren(...data.map(row));
    const first = page * SIZE;
    at("status").textContent =
      total === 0 ? "There is none." : `${first + 1} to ${first + data.length} of ${number(total)}, spent: ${sum(data)}`;
    at("previous").hidden = page === 0;
    at("next").hidden = first + data.length >= total;
    at("result").hidden = false;
  } catch (problem) {
    forget();
    tell(problem instanceof Problem ? problem : new Problem("The connection broke. Try again."));
  }
}

const sum = (keys) =>
  `${number(keys.reduce((all, { spent }) => all + spent.pages, 0))} pages, ` +
  `${number(keys.reduce((all, { spent }) => all + spent.usd, 0))} USD`;

function row(key) {
  const { spent } = key;
  const limits = [
    key.rpm !== null && `${number(key.rpm)} requests a minute`,
    key.pages_per_minute !== null && `${number(key.pages_per_minute)} pages a minute`,
    key.max_concurrency !== null && `${number(key.max_concurrency)} at once`,
  ];
  const budgeted = key.budget_pages !== null || key.budget_usd !== null;
  const line = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = `${key.alias} (…${key.tail})`;
  line.append(
    name,
    amount(spent.pages, key.budget_pages, `Pages of ${key.alias}`),
    amount(spent.usd, key.budget_usd, `USD of ${key.alias}`),
    cell(budgeted ? (key.budget_period ? `a ${key.budget_period}` : "ever") : ""),
    cell(key.models === null ? "all" : key.models.join(", ")),
    cell(limits.filter(Boolean).join(", ")),
    cell(day(key.created_at)),
    cell(key.expires_at === null ? "" : day(key.expires_at)),
  );
  return line;
}

function cell(text) {
  const made = document.createElement("td");
  made.textContent = text;
  return made;
}

function amount(spent, budget, label) {
  const made = cell(budget === null ? number(spent) : `${number(spent)} of ${number(budget)} `);
  made.className = "amount";
  if (budget) {
    const meter = document.createElement("meter");
    [meter.max, meter.high, meter.value] = [budget, budget * 0.9, spent];
    meter.setAttribute("aria-label", label);
    made.append(meter);
  }
  return made;
}

function forget() {
  access.key = "";
  at("keys").replaceChildren();
  at("result").hidden = true;
}

function turn(to) {
  page = to;
  show();
}

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  access.key = at("master").value.trim();
  at("master").value = "";
  turn(0);
});
at("previous").addEventListener("click", () => turn(page - 1));
at("next").addEventListener("click", () => turn(page + 1));
at("refresh").addEventListener("click", show);
addEventListener("pagehide", forget); // or going back would show it again
