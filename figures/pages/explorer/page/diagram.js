// A phase diagram: density falling to the right, importance rising, one cell chosen.
// Mouse and touch choose a cell; so do the arrow keys, and whoever listens is told.

const FRAME = { left: 44, top: 8, side: 330, bottom: 40 };

function diagram({ label, densities, importances, phase, choose, lines = [] }) {
  const columns = densities.length, rows = importances.length;
  const width = FRAME.side / columns, height = FRAME.side / rows;
  const x = i => FRAME.left + i * width, y = j => FRAME.top + FRAME.side - (j + 1) * height;
  const cells = draw("g");
  const fill = () => {
    cells.replaceChildren();
    for (let j = 0; j < rows; j++) {
      for (let i = 0, end; i < columns; i = end) {
        for (end = i + 1; end < columns && phase(end, j) === phase(i, j); end++);
        cells.append(...phaseRects(phase(i, j), { x: x(i), y: y(j), width: (end - i) * width, height }, 0.4).filter(Boolean));
      }
    }
  };
  fill();
  const cursor = [["#fff", 4.5], ["#111", 2]].map(([stroke, size]) =>
    draw("rect", { width, height, fill: "none", stroke, "stroke-width": size }));
  const picture = draw("svg", {
    viewBox: `0 0 ${FRAME.left + FRAME.side + 10} ${FRAME.top + FRAME.side + FRAME.bottom}`,
    class: "diagram", tabindex: 0, role: "application", "aria-roledescription": "phase diagram",
    "aria-label": `${label}. Arrow keys move from cell to cell: left and right by density, up and down by importance.`,
  }, cells, axes(), lines.map(line => path(line)), cursor);

  let place = [0, 0];
  function select(i, j) {
    place = [i, j];
    cursor.forEach(each => { each.setAttribute("x", x(i)); each.setAttribute("y", y(j)); });
  }
  function move(i, j) {
    i = Math.max(0, Math.min(columns - 1, i));
    j = Math.max(0, Math.min(rows - 1, j));
    if (i !== place[0] || j !== place[1]) choose(i, j);
  }
  function point(event) {
    const box = picture.getBoundingClientRect();
    const scale = picture.viewBox.baseVal.width / box.width;
    const u = ((event.clientX - box.left) * scale - FRAME.left) / width;
    const v = (FRAME.top + FRAME.side - (event.clientY - box.top) * scale) / height;
    if (u >= 0 && u < columns && v >= 0 && v < rows) move(Math.floor(u), Math.floor(v));
  }
  picture.addEventListener("pointermove", point);
  picture.addEventListener("pointerdown", point);
  picture.addEventListener("keydown", event => {
    const step = event.shiftKey ? 4 : 1;
    const by = { ArrowRight: [step, 0], ArrowLeft: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
    if (!by) return;
    event.preventDefault();
    move(place[0] + by[0], place[1] + by[1]);
  });

  function along(values, value) {
    const logs = values.map(Math.log);
    const step = (logs[logs.length - 1] - logs[0]) / (logs.length - 1);
    return (Math.log(value) - logs[0]) / step + 0.5;
  }
  function at(p, r) {
    return [FRAME.left + along(densities, p) * width, FRAME.top + FRAME.side - along(importances, r) * height];
  }
  function path({ points, dash, name }) {
    const inside = points.filter(([p, r]) => p !== null && r !== null && r >= importances[0] * 0.95 && r <= importances[rows - 1] * 1.05);
    if (inside.length < 2) return null;
    return draw("path", { d: "M" + inside.map(([p, r]) => at(p, r).map(v => v.toFixed(1)).join(" ")).join("L"), class: "line", "stroke-dasharray": dash }, draw("title", {}, name));
  }
  function axes() {
    const marks = [1, 0.3, 0.1, 0.03, 0.01].map(p => [at(p, 1)[0], p]);
    const bottom = FRAME.top + FRAME.side;
    return draw("g", { class: "axes" },
      draw("rect", { x: FRAME.left, y: FRAME.top, width: FRAME.side, height: FRAME.side, class: "frame" }),
      marks.map(([u, p]) => [draw("path", { d: `M${u} ${bottom}v4` }), draw("text", { x: u, y: bottom + 16, "text-anchor": "middle" }, String(p))]),
      [0.1, 0.3, 1, 3, 10].map(r => {
        const v = at(1, r)[1];
        return [draw("path", { d: `M${FRAME.left} ${v}h-4` }), draw("text", { x: FRAME.left - 7, y: v + 4, "text-anchor": "end" }, String(r))];
      }),
      draw("text", { x: FRAME.left + FRAME.side / 2, y: bottom + 34, "text-anchor": "middle" }, "density p = 1 − S"),
      draw("text", { transform: `translate(11 ${FRAME.top + FRAME.side / 2}) rotate(-90)`, "text-anchor": "middle" }, "importance r of the extra feature"));
  }
  return { node: picture, select, fill };
}
