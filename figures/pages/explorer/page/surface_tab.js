// The exact loss of two features in one dimension as a surface, and its minima, computed here.

tab("surface", (content, { marks }) => {
  let p = rememberedNumber("density", 0.3, 0.01, 1), r = rememberedNumber("importance", 0.8, 0.1, 10), refine;
  const picture = make("div", { class: "plot square", role: "img", "aria-label": "Loss over w1 and w2, the bias best at every point" });
  const list = make("div", { class: "list" });
  const sliders = make("div", { class: "sliders" },
    slider({ name: "density", title: "density p", low: 0.01, high: 1, value: p, change: to => { p = to; update(); } }),
    slider({ name: "importance", title: "importance r of feature 2", low: 0.1, high: 10, value: r, change: to => { r = to; update(); } }));
  content.append(sliders, make("div", { class: "two" }, picture, list));

  function update() {
    remember({ density: p, importance: r });
    const started = performance.now(), minima = allMinima(p, r);
    describe(minima, performance.now() - started);
    surface(minima, 33, 16);
    clearTimeout(refine);
    refine = setTimeout(() => surface(minima, 61, 32), 160);
  }

  function surface(minima, size, scan) {
    const weights = patternWeights(p), axisValues = Array.from({ length: size }, (_, k) => -1.6 + 3.2 * k / (size - 1));
    const z = lossSurface(axisValues, weights, r, scan);
    const best = Math.min(minima[0].loss, ...z.flat());
    // Levels crowd where the loss is small, since minima differ by little.
    const depth = z.map(row => row.map(v => Math.sqrt(Math.max(0, v / best - 1))));
    const places = minima.flatMap(({ theta: [w1, w2] }, k) => [[w1, w2, k], [-w1, -w2, k]]);
    plot(picture, [
      { type: "contour", x: axisValues, y: axisValues, z: depth, customdata: z, colorscale: "Cividis", reversescale: true,
        contours: { start: 0, end: 3, size: 0.15 }, zmin: 0, zmax: 3, line: { width: 0.6, color: "#00000055" },
        colorbar: { ...(innerWidth < 600 ? { orientation: "h", y: 1.02, yanchor: "bottom" } : {}), title: { text: "L / least − 1", side: innerWidth < 600 ? "top" : "right" }, tickvals: [0, 0.5, 1, 1.5, 2, 2.5, 3], ticktext: ["0", "0.25", "1", "2.25", "4", "6.25", "≥ 9"], thickness: 12 },
        hovertemplate: "w₁ %{x:.3f}, w₂ %{y:.3f}<br>loss %{customdata:.6g}<extra></extra>" },
      { type: "scatter", mode: "markers+text", x: places.map(q => q[0]), y: places.map(q => q[1]), text: places.map(q => String(q[2] + 1)), textposition: "top center",
        marker: { size: places.map(q => (q[2] ? 11 : 17)), symbol: places.map(q => (q[2] ? "circle" : "star")), color: "#fff", line: { color: "#111", width: 2 } },
        textfont: { size: 15, color: "#111" }, hovertemplate: "minimum %{text}: w₁ %{x:.4f}, w₂ %{y:.4f}<extra></extra>" },
    ], { showlegend: false, xaxis: axis("w₁", { range: [-1.6, 1.6], constrain: "domain" }), yaxis: axis("w₂", { range: [-1.6, 1.6], scaleanchor: "x", constrain: "domain" }) });
  }

  function describe(minima, took) {
    const phase = ([w1, w2]) => marks[Math.abs(w2) < STYLE.ignored ? (Math.abs(w1) < STYLE.ignored ? "(1 2)" : "[1] (2)") : Math.abs(w1) < STYLE.ignored ? "[2] (1)" : "[1 2]"];
    list.replaceChildren(...minima.map(({ theta, loss }, k) => {
      const [w1, w2, b1, b2] = theta, W = [[w1, w2]], b = [b1, b2], at = phase(theta);
      return make("section", { class: "card" },
        make("h3", {}, k ? `Minimum ${k + 1}` : "Minimum 1, the best"), make("p", { class: "name" }, swatch(at), " ", phaseName(at, W)),
        modelPicture(W, b, `W ${listed(W)}, b ${listed(b)}`), modelTable(W, b),
        fact({ name: k ? `minimum-${k}` : "optimum", heading: "loss", value: loss, kind: "exact loss, evaluated here; its minimiser is numerical", label: "D03",
          call: k ? `theory.loss_and_gradient(${listed(W)}, ${listed(b)}, density=${p}, importance=[1, ${r}])[0]` : `theory.optimum(2, 1, density=${p}, importance=[1, ${r}]).loss` }));
    }), make("p", { class: "note" }, `${minima.length === 1 ? "One minimum" : `${minima.length} minima`} of 32 descents, in ${Math.round(took)} ms on your machine. W and −W are one model: each is marked twice. Plateaus on which an output answers no input are left out.`));
    announce(`Density ${shown(p, 4)}, importance ${shown(r, 4)}: ${many(minima.length, "minimum")}, least loss ${shown(minima[0].loss, 5)}.`);
  }
  update();
});
