// Tables of a report: press a column to sort by it, type to see some rows only. Without it everything is there, too.
for (const table of document.querySelectorAll("table.found")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") === "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => row.cells[column].dataset.order ?? row.cells[column].textContent;
      const compare = (one, other) => one - other || String(one).localeCompare(String(other));
      const rows = [...body.rows].sort((one, other) => compare(key(one), key(other)));
      body.append(...(up ? rows : rows.reverse()));
    });
  });
  if (body.rows.length < 8) continue;
  const sieve = document.createElement("input");
  sieve.type = "search";
  sieve.className = "sieve";
  sieve.placeholder = "Rows with …";
  sieve.setAttribute("aria-label", "Rows with these words");
  sieve.addEventListener("input", () => {
    const words = sieve.value.toLowerCase();
    for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(words);
  });
  table.parentElement.before(sieve);
}
