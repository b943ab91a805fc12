// Nets that compute |x|: the neurons of the exact circuit beside trained ones, and superposition.

tab("computation", (content, { n, m, densities, nets, runs, superposed }) => {
  const names = [...new Set(nets.map(each => each.name))];
  let p = densities[nearest(densities, rememberedNumber("pc", 0.3, 1e-9, 1))], name = names.includes(remembered("net", "")) ? remembered("net") : names[1];
  const select = (id, label, options, value, change) => make("label", {}, label + " ", make("select", { id, onchange: event => { change(event.target.value); update(); } },
    options.map(each => make("option", { value: each, selected: String(each) === String(value) ? "" : null }, String(each)))));
  const cards = make("div", { class: "cards" }), picture = make("div", { class: "plot", role: "img", "aria-label": "Loss of superposed nets over the naive loss, by density" }), below = make("div", { class: "cards" });
  content.append(make("div", { class: "choices" }, select("net-density", "density", densities, p, value => { p = Number(value); }), select("net-name", "net", names, name, value => { name = value; })), cards,
    make("h2", {}, `${superposed.n} absolute values in ${superposed.m} neurons`), picture, below);

  function update() {
    remember({ pc: p, net: name });
    const exact = nets.find(each => each.name === names[0] && each.density === p), net = nets.find(each => each.name === name && each.density === p);
    cards.replaceChildren(card(exact, "circuit"), ...(net === exact ? [] : [card(net, "net")]));
    announce(`${name}, density ${p}: loss ${shown(net.loss, 4)}.`);
  }
  function card(net, key) {
    const rows = Array.from({ length: m }, (_, k) => String(k + 1)), columns = Array.from({ length: n }, (_, k) => `x${k + 1}`);
    return make("section", { class: "card", "aria-label": net.name }, make("h3", {}, capital(net.name)),
      make("div", { class: "weights" },
        make("figure", {}, make("figcaption", {}, "reads, W₁"), squares(net.W1, { label: `W1 ${listed(net.W1)}`, rows, columns })),
        make("figure", {}, make("figcaption", {}, "writes, W₂ᵀ"), squares(net.W1.map((_, k) => net.W2.map(row => row[k])), { label: `W2 ${listed(net.W2)}`, rows, columns })),
        make("figure", {}, make("figcaption", {}, "lone features, y against x"), responses(net))),
      fact({ name: key, heading: "loss", value: net.loss, kind: key === "circuit" ? "exact: the circuit loses nothing" : "exact loss of trained weights", label: "D26",
        call: `theory.two_layer_loss(${listed(net.W1)}, ${listed(net.W2)}, ${listed(net.b)}, ${p}, most_active=3, points=0).loss` }),
      key === "net" ? make("p", { class: "note" }, `Of ${runs} runs. A row is a neuron, scaled so that its largest weight is ±1, in the order of the circuit's. One dead side costs p/6 = ${shown(p / 6, 5)}.`) : null);
  }
  function responses({ W1, W2, b }) {
    const relu = v => Math.max(0, v), X = Array.from({ length: 41 }, (_, k) => -1 + k / 20);
    const y = (i, x) => relu(b[i] + W2[i].reduce((sum, w, k) => sum + w * relu(W1[k][i] * x), 0));
    return draw("svg", { viewBox: "-1.15 -1.2 2.3 1.45", class: "responses", role: "img", "aria-label": "Outputs of lone features against inputs" },
      draw("path", { d: "M-1.1 0H1.1M0 0.1V-1.1", class: "guide", "stroke-width": 0.012 }),
      b.map((_, i) => draw("path", { d: "M" + X.map(x => `${x} ${(-y(i, x)).toFixed(3)}`).join("L"), fill: "none", stroke: FEATURES[i], "stroke-width": 0.035 - 0.008 * i, "stroke-dasharray": ["none", "0.12 0.06", "0.04 0.06"][i % 3] })));
  }
  function chart() {
    const s = superposed, ratio = values => values.map((value, k) => value / s.naive[k]);
    plot(picture, [
      { type: "scatter", mode: "lines+markers", name: "naive: two neurons a feature", x: s.densities, y: s.naive.map(() => 1), line: { color: "#111", dash: "dash" }, marker: { symbol: "square-open", size: 8 } },
      { type: "scatter", mode: "lines+markers", name: "best trained net, by theory", x: s.densities, y: ratio(s.loss), error_y: { type: "data", array: ratio(s.error) }, line: { color: "#0072B2" }, marker: { size: 9 } },
      { type: "scatter", mode: "markers", name: "the same, on held-out data", x: s.densities, y: ratio(s.held_out), error_y: { type: "data", array: ratio(s.held_error) }, marker: { symbol: "x", color: "#D55E00", size: 9 } },
    ], { xaxis: axis("density p", { type: "log", autorange: "reversed", dtick: 1 }), yaxis: axis("loss over the naive loss", { rangemode: "tozero" }), margin: roomBelow(3),
      shapes: [{ type: "line", x0: s.onset, x1: s.onset, yref: "paper", y0: 0, y1: 1, line: { color: "#5A5A5A", dash: "dot" } }] });
    below.replaceChildren(make("section", { class: "card" },
      s.densities.map((d, k) => fact({ name: `naive-${k}`, heading: `naive loss at p = ${d}`, value: s.naive[k], kind: "exact", label: "D29", call: `theory.naive_loss(${s.n}, ${s.m}, density=${d}, importance=[${s.falloff}**i for i in range(${s.n})])` }))),
    make("section", { class: "card" },
      s.densities.map((d, k) => fact({ name: `superposed-${k}`, heading: `best trained at p = ${d}`, value: s.loss[k], unit: ` ± ${shown(s.error[k], 2)}`, kind: "one active feature exact, the rest sampled", label: "D26" })),
      fact({ name: "onset", heading: "arms pay below p =", value: s.onset, kind: "exact, numerical root", label: "D33", call: `theory.arm_onset(${s.falloff})` })));
  }
  update();
  chart();
});
