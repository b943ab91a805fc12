// Points and edges in space, turned by dragging or by the arrow keys; the near ones are heavier.

function solid({ label }) {
  let points = [], edges = [], turn = [0.5, -0.35];
  const picture = draw("svg", { viewBox: "-1.3 -1.3 2.6 2.6", class: "solid", tabindex: 0, role: "application", "aria-roledescription": "solid" });

  function seen([x, y, z]) {
    const [a, b] = turn;
    const u = Math.cos(a) * x + Math.sin(a) * z, w = Math.cos(a) * z - Math.sin(a) * x;
    return [u, -(Math.cos(b) * y - Math.sin(b) * w), Math.sin(b) * y + Math.cos(b) * w];
  }
  function paint() {
    const there = points.map(seen);
    const near = z => 0.5 + 0.5 * Math.max(-1, Math.min(1, z));
    const lines = edges.map(([i, j]) => [there[i], there[j]]).sort((a, b) => a[0][2] + a[1][2] - b[0][2] - b[1][2]);
    picture.replaceChildren(
      ...lines.map(([a, b]) => { const n = near((a[2] + b[2]) / 2); return draw("path", { d: `M${a[0]} ${a[1]}L${b[0]} ${b[1]}`, stroke: "#555", "stroke-width": 0.008 + 0.016 * n, "stroke-opacity": 0.25 + 0.6 * n }); }),
      ...there.map(([x, y]) => draw("path", { d: `M0 0L${x} ${y}`, stroke: "#0072B2", "stroke-width": 0.006, "stroke-dasharray": "0.02 0.03" })),
      ...there.map((at, i) => [at, i]).sort((a, b) => a[0][2] - b[0][2]).map(([[x, y, z], i]) => draw("circle", { cx: x, cy: y, r: 0.03 + 0.035 * near(z), fill: "#0072B2", "fill-opacity": 0.45 + 0.55 * near(z), stroke: "#fff", "stroke-width": 0.012 }, draw("title", {}, `feature ${i + 1}`))));
  }
  function rotate(by, up) {
    turn = [turn[0] + by, Math.max(-1.5, Math.min(1.5, turn[1] + up))];
    picture.dataset.turn = turn.map(v => v.toFixed(3)).join(" ");
    paint();
  }
  picture.addEventListener("keydown", event => {
    const by = { ArrowLeft: [-0.12, 0], ArrowRight: [0.12, 0], ArrowUp: [0, 0.12], ArrowDown: [0, -0.12] }[event.key];
    if (!by) return;
    event.preventDefault();
    rotate(...by);
  });
  picture.addEventListener("pointerdown", event => picture.setPointerCapture(event.pointerId));
  picture.addEventListener("pointermove", event => {
    if (event.buttons) rotate(event.movementX * 0.01, -event.movementY * 0.01);
  });
  function set(newPoints, newEdges, name) {
    points = newPoints; edges = newEdges;
    picture.setAttribute("aria-label", `${label}: ${name}, ${points.length} vertices. Arrow keys turn it.`);
    rotate(0, 0);
  }
  return { node: picture, set };
}
