// A model as it is: W as arrows, one a feature, and b as bars; the numbers beside them.

const FEATURES = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#5A5A5A"];
const DASHES = [null, "7 3", "2 3", "8 3 2 3", "1 2"];

function modelPicture(W, b, label) {
  const flat = W.length === 1, n = b.length, size = 150, tall = flat ? 40 + 26 * n : size, middle = tall / 2;
  const centre = size / 2;
  const reach = 1.35 * Math.max(1, ...W.flat().map(Math.abs));
  const scale = centre / reach * 0.92, room = Math.min(52, middle - 18);
  const arrows = b.map((_, i) => {
    // On a line arrows would lie upon each other: each gets a height of its own.
    const from = [centre, flat ? middle + (i - (n - 1) / 2) * 26 : middle];
    const to = [from[0] + scale * W[0][i], from[1] - (flat ? 0 : scale * W[1][i])];
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const away = length > 12 ? [(to[0] - from[0]) / length, (to[1] - from[1]) / length] : flat ? [0, -1] : [Math.cos(0.6 - 1.1 * i), Math.sin(0.6 - 1.1 * i)];
    return draw("g", { stroke: FEATURES[i], fill: FEATURES[i] },
      length > 3
        ? [draw("path", { d: `M${from}L${to}`, "stroke-width": 2.6, "stroke-dasharray": DASHES[i], fill: "none" }), head(to, away, length)]
        : draw("circle", { cx: from[0], cy: from[1], r: 3.4, fill: "#fff", "stroke-width": 1.6 }),
      draw("text", { x: to[0] + 11 * away[0], y: to[1] + 11 * away[1] + 4, "text-anchor": "middle", stroke: "none" }, String(i + 1)));
  });
  const most = Math.max(0.5, ...b.map(Math.abs));
  const bars = b.map((value, i) => {
    const height = room * Math.abs(value) / most, left = size + 26 + 22 * i;
    return draw("g", {},
      draw("rect", { x: left, y: value > 0 ? middle - height : middle, width: 13, height: Math.max(height, 0.6), fill: FEATURES[i] }),
      draw("text", { x: left + 6, y: value > 0 ? middle + 13 : middle - 5, "text-anchor": "middle" }, String(i + 1)));
  });
  return draw("svg", { viewBox: `0 0 ${size + 40 + 22 * n} ${tall}`, class: "model", role: "img", "aria-label": label },
    flat
      ? draw("path", { d: `M4 ${middle - 13 * n - 4}v${26 * n + 8}M${centre} ${middle - 13 * n - 4}v${26 * n + 8}`, class: "guide" })
      : [draw("circle", { cx: middle, cy: middle, r: scale, class: "guide" }), draw("path", { d: `M4 ${middle}H${size - 4}M${middle} 4V${size - 4}`, class: "guide" })],
    arrows,
    draw("path", { d: `M${size + 18} ${middle}H${size + 32 + 22 * n}`, class: "guide" }), bars,
    draw("text", { x: 6, y: tall - 4 }, "W"), draw("text", { x: size + 18, y: tall - 4 }, "b"));
}

function head([x, y], [u, v], length) {
  const size = Math.min(8, length);
  return draw("path", { stroke: "none", d: `M${x} ${y}L${x - size * u - 0.45 * size * v} ${y - size * v + 0.45 * size * u}L${x - size * u + 0.45 * size * v} ${y - size * v - 0.45 * size * u}Z` });
}

function modelTable(W, b) {
  return make("table", { class: "numbers" },
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "feature"),
      W.map((_, k) => make("th", { scope: "col" }, W.length === 1 ? "W" : `W row ${k + 1}`)), make("th", { scope: "col" }, "b"))),
    make("tbody", {}, b.map((value, i) => make("tr", {}, make("th", { scope: "row" }, String(i + 1)),
      W.map(row => make("td", {}, decimals(row[i]))), make("td", {}, decimals(value))))));
}
