// A matrix as squares: area by size, filled where positive, hollow where negative.

function squares(matrix, { label, rows = [], columns = [], cell = 26 } = {}) {
  const most = Math.max(1e-9, ...matrix.flat().map(Math.abs));
  const left = rows.length ? 26 : 4, top = columns.length ? 20 : 4;
  const width = left + cell * matrix[0].length + 4, height = top + cell * matrix.length + 4;
  const marks = matrix.map((row, i) => row.map((value, j) => {
    const side = cell * 0.86 * Math.sqrt(Math.abs(value) / most);
    const x = left + cell * (j + 0.5), y = top + cell * (i + 0.5);
    return draw("g", {}, draw("title", {}, `${i + 1}, ${j + 1}: ${decimals(value)}`),
      draw("rect", { x: x - cell / 2, y: y - cell / 2, width: cell, height: cell, class: "ground" }),
      side > 0.6 ? draw("rect", { x: x - side / 2, y: y - side / 2, width: side, height: side, class: value > 0 ? "positive" : "negative" }) : null);
  }));
  return draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "squares", style: `max-width:${Math.min(430, width * 1.2)}px`, role: "img", "aria-label": label },
    marks,
    rows.map((text, i) => draw("text", { x: left - 8, y: top + cell * (i + 0.5) + 4, "text-anchor": "end" }, text)),
    columns.map((text, j) => draw("text", { x: left + cell * (j + 0.5), y: 14, "text-anchor": "middle" }, text)));
}
