// Tells people of a problem, in the place that the page has for it.

const at = (id) => document.getElementById(id);
let told = null;

export function tell(problem) {
  if (problem === told) return; // it is not to be read out again
  told = problem;
  const place = at("problem");
  place.replaceChildren();
  place.hidden = problem === null;
  if (problem === null) return;
  const words = document.createElement("span");
  words.textContent = problem.message;
  if (problem.id) {
    const id = document.createElement("small");
    id.textContent = `Request ${problem.id}`;
    words.append(id);
  }
  place.append(words);
}
