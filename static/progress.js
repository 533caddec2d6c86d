// While episodes wait or run, what the admin shows of them is fetched anew every two seconds: their
// rows in the list, or what cannot be edited on the page of one.
"use strict";

const FOLLOWED = "[data-follow]";

async function follow() {
  if (document.hidden || !document.querySelector(FOLLOWED)) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const shown of document.querySelectorAll(FOLLOWED)) {
    const row = shown.closest("tr");
    if (row) followRow(row, fresh);
    else followFields(fresh);
  }
}

function followRow(row, fresh) {
  const key = row.querySelector(".action-select")?.value;
  const now = key && fresh.querySelector(`.action-select[value="${key}"]`)?.closest("tr");
  if (!now) return;
  const cells = now.querySelectorAll("td:not(.action-checkbox), th");
  row.querySelectorAll("td:not(.action-checkbox), th").forEach((cell, i) => cell.replaceWith(cells[i]));
}

function followFields(fresh) {
  const fields = fresh.querySelectorAll("div.readonly");
  document.querySelectorAll("div.readonly").forEach((field, i) => field.replaceWith(fields[i]));
}

setInterval(() => follow().catch(() => {}), 2000); // the server may be back for the next one
