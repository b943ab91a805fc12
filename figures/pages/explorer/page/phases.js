// Phases: a colour and, for grey, a pattern of their own.

const STYLE = dataOf("style");
const HATCHES = [
  null,
  "M0 8L8 0M-2 2L2 -2M6 10L10 6",
  "M0 0L8 8M-2 6L2 10M6 -2L10 2",
  "M0 4H8M4 0V8",
  "M4 3A1 1 0 1 1 3.99 3",
  "M0 4H8",
  "M4 0V8",
];

// A rectangle in the colour of a phase, and the same with its pattern.
function phaseRects(index, { x, y, width, height }, overlap = 0) {
  return [
    draw("rect", { x, y, width: width + overlap, height: height + overlap, fill: STYLE.phases[index].colour }),
    HATCHES[index] ? draw("rect", { x, y, width, height, fill: `url(#hatch-${index})` }) : null,
  ];
}

// Once for all pictures of the page.
function startHatches() {
  const patterns = STYLE.phases.map((_, k) =>
    HATCHES[k] && draw("pattern", { id: `hatch-${k}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
      draw("path", { d: HATCHES[k], stroke: "#222", "stroke-width": 0.7, "stroke-opacity": 0.4, fill: "none" })));
  document.body.append(draw("svg", { width: 0, height: 0, "aria-hidden": true, style: "position:absolute" },
    draw("defs", {}, patterns)));
}

function swatch(index) {
  return draw("svg", { width: 22, height: 14, "aria-hidden": true, class: "swatch" },
    phaseRects(index, { x: 0, y: 0, width: 22, height: 14 }),
    draw("rect", { width: 22, height: 14, fill: "none", stroke: "#222", "stroke-width": 1.6 }));
}

// What a structure is called; two features of one sign on a line are no digon.
function phaseName(index, W) {
  const together = W.length === 1 && W[0].every(w => Math.abs(w) >= STYLE.ignored) && W[0][0] * W[0][1] > 0;
  return together ? "both features with one sign" : STYLE.phases[index].name;
}

function legend(indices) {
  const present = [...new Set(indices)].sort((a, b) => a - b);
  return make("ul", { class: "legend" }, present.map(k => make("li", {}, swatch(k), STYLE.phases[k].name)));
}
