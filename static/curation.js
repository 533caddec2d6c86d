// Answers of the review page go out without leaving it: by mouse, or by keyboard on one card after
// the other.
"use strict";

const form = document.getElementById("review");

if (form) {
  const cards = [...form.querySelectorAll(".curation-card")];
  const status = document.getElementById("review-status");
  const rest = document.getElementById("confirm-rest");
  const answered = [];
  let current = 0;
  let sending = Promise.resolve();

  const show = (index) => {
    cards[current].classList.remove("current");
    current = Math.min(Math.max(index, 0), cards.length - 1);
    cards[current].classList.add("current");
    cards[current].scrollIntoView({ block: "nearest" });
  };

  const open = () => cards.filter((card) => !card.dataset.said);

  const tell = (text = "") => {
    const left = open().length;
    rest.hidden = !left;
    status.textContent = text || (left ? `${left} left on this page` : "All answered.");
  };

  const mark = (card, what) => {
    if (answered.includes(card)) answered.splice(answered.indexOf(card), 1);
    if (what) answered.push(card);
    if (what) card.dataset.said = what;
    else delete card.dataset.said;
  };

  async function say(card, what) {
    const before = card.dataset.said;
    mark(card, what === "undo" ? "" : what);
    tell();
    const body = new URLSearchParams(new FormData(form));
    body.append(what, card.dataset.key);
    const post = () => fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    sending = sending.then(post, post); // an answer is there before it is taken back
    try {
      const answer = await sending;
      if (!answer.ok) throw new Error(answer.statusText);
    } catch (error) {
      mark(card, before);
      tell(`Not saved: ${error.message}`);
    }
  }

  const forward = () => {
    const next = cards.findIndex((card, index) => index > current && !card.dataset.said);
    if (next >= 0) show(next);
  };

  const answer = (what) => {
    if (cards[current].dataset.said) return;
    say(cards[current], what);
    forward();
  };

  const undo = () => {
    const card = answered.at(-1);
    if (!card) return;
    say(card, "undo");
    show(cards.indexOf(card));
  };

  const columns = () => cards.filter((card) => card.offsetTop === cards[0].offsetTop).length;

  const keys = {
    ArrowLeft: () => show(current - 1),
    ArrowRight: () => show(current + 1),
    ArrowUp: () => show(current - columns()),
    ArrowDown: () => show(current + columns()),
    y: () => answer("confirm"),
    n: () => answer("reject"),
    u: undo,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    const act = keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const card = event.submitter.closest(".curation-card");
    say(card, event.submitter.name);
    show(cards.indexOf(card));
    if (event.submitter.name !== "undo") forward();
  });

  // One after the other: each is a transaction of its own.
  rest.addEventListener("click", async () => {
    for (const card of open()) await say(card, "confirm");
  });

  show(0);
  tell();
}
