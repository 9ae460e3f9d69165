'use strict';
// The table's headings become buttons that sort its rows: by what the first
// line of a cell says, as a number where it is one; then in reverse. Rows that
// are alike keep their order, so that a second heading sorts within the first.
const number = (text) => parseFloat(text.replace(/,/g, ''));
const words = (cell) => (cell.firstChild?.textContent ?? '').trim();
for (const table of document.querySelectorAll('section table')) {
  const headings = table.tHead?.rows.length === 1 ? table.tHead.rows[0].cells : [];
  for (const heading of headings) {
    const button = document.createElement('button');
    button.append(...heading.childNodes);
    heading.append(button);
    button.onclick = () => {
      const up = heading.ariaSort !== 'ascending';
      const rows = [...table.tBodies[0].rows];
      for (const other of headings) other.ariaSort = null;
      heading.ariaSort = up ? 'ascending' : 'descending';
      rows.sort((a, b) => {
        const [x, y] = [a, b].map((row) => words(row.cells[heading.cellIndex]));
        const [p, q] = [number(x), number(y)];
        // A cell without a figure stays behind.
        const order = isNaN(p) && isNaN(q) ? x.localeCompare(y) :
            isNaN(p) ? (up ? 1 : -1) : isNaN(q) ? (up ? -1 : 1) : p - q;
        return up ? order : -order;
      });
      table.tBodies[0].append(...rows);
    };
  }
}
