// What the pages do beyond links and forms: offers under the search box, the place in an endless
// list, arrow keys, copying, pictures that are pasted or dropped. Each works without the others.

const $ = (selector) => document.querySelector(selector);

// The search box as an ARIA combobox: the list belongs to the word at the caret.
function offers(box, list) {
  let asked, chosen = -1;
  const start = () => box.value.slice(0, box.selectionStart).search(/[^\s(|-]*$/);
  const show = (html) => {
    list.innerHTML = html;
    choose(-1);
    box.setAttribute("aria-expanded", list.children.length > 0);
  };
  const choose = (index) => {
    list.children[chosen]?.setAttribute("aria-selected", false);
    chosen = index;
    const option = list.children[index];
    option?.setAttribute("aria-selected", true);
    option?.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", option?.id ?? "");
  };
  const take = (option) => {
    const from = start(), rest = box.value.slice(box.selectionStart).replace(/^\S*\s*/, "");
    box.setRangeText(`${option.dataset.term} ${rest}`, from, box.value.length, "end");
    box.selectionEnd = box.selectionStart = from + option.dataset.term.length + 1;
    box.focus();
    show("");
  };
  box.addEventListener("input", async () => {
    asked?.abort();
    asked = new AbortController();
    const word = box.value.slice(start(), box.selectionStart);
    if (!word) return show("");
    const url = new URL(box.dataset.offers, location);
    url.searchParams.set("word", word);
    const html = await fetch(url, { signal: asked.signal })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .catch(() => null); // typed on meanwhile
    if (html !== null) show(html);
  });
  box.addEventListener("keydown", (event) => {
    const count = list.children.length;
    if (event.isComposing || !count) return;
    asked?.abort(); // the list that is seen is the one that is chosen from
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose((chosen + step + (chosen < 0 && step < 0) + count) % count);
    else if (event.key === "Escape") show("");
    else if (/^(Enter|Tab)$/.test(event.key) && chosen >= 0) take(list.children[chosen]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  box.addEventListener("blur", () => show(""));
  box.form.addEventListener("submit", () => (box.value = box.value.trim()));
}

// An endless list: the address follows the page in view; coming back finds all pages and the place.
function place(grid) {
  const key = () => `list:${location.href}`;
  const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  const kept = back && sessionStorage.getItem(key());
  if (kept) {
    const { tiles, further, top } = JSON.parse(kept);
    grid.innerHTML = tiles;
    $("#further").outerHTML = further;
    history.scrollRestoration = "manual";
    scrollTo(0, top);
  }
  document.addEventListener("scrollend", () => {
    const pages = [...grid.querySelectorAll("[data-page]")];
    const seen = pages.findLast((tile) => tile.getBoundingClientRect().top < innerHeight / 2);
    if (seen) history.replaceState(null, "", seen.dataset.page);
  });
  addEventListener("pagehide", () => {
    const list = { tiles: grid.innerHTML, further: $("#further").outerHTML, top: scrollY };
    try {
      sessionStorage.setItem(key(), JSON.stringify(list));
    } catch {
      sessionStorage.clear(); // full: the address alone leads back to the page in view
    }
  });
}

// Walking through results replaces the address, so that one step back is the list again.
function walk() {
  const go = (link) => location.replace(link.href);
  addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select") || event.altKey || event.ctrlKey || event.metaKey) return;
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const link = rel && $(`a[rel=${rel}]`);
    if (link) go(link);
  });
  for (const link of document.querySelectorAll("[data-walk]"))
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      go(link);
    });
}

// A picture from the clipboard or dropped anywhere on the page goes into the form.
function picture(input) {
  const send = (files, event) => {
    if (!files?.length) return;
    event.preventDefault();
    input.files = files;
    input.form.requestSubmit();
  };
  input.addEventListener("change", () => input.form.requestSubmit());
  addEventListener("paste", (event) => send(event.clipboardData.files, event));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => send(event.dataTransfer.files, event));
}

for (const box of document.querySelectorAll("[data-offers]"))
  offers(box, document.getElementById(box.getAttribute("aria-controls")));
if ($("#grid")) place($("#grid"));
if ($("[data-stage]")) walk();
if ($("#picture")) picture($("#picture"));
for (const button of document.querySelectorAll("[data-copy]"))
  if (!navigator.clipboard) button.remove(); // over plain HTTP there is none
  else
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.lastElementChild.textContent = button.dataset.done;
    });
const cell = $(".strip [aria-current]"); // the film strip shows it in the middle
if (cell)
  requestAnimationFrame(() => {
    const { parentElement: strip, offsetLeft, clientWidth } = cell;
    strip.scrollLeft = offsetLeft - (strip.clientWidth - clientWidth) / 2;
  });
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select") || !$("#q")) return;
  event.preventDefault();
  $("#q").focus();
});
