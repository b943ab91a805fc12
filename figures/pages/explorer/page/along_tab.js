// Five features in two dimensions from dense to sparse: every family of minima, the winner marked.

const DASH = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];
const SYMBOLS = ["circle", "square", "triangle-up", "diamond", "cross", "x", "star-triangle-down"];
const HUES = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#5A5A5A"];

tab("along", (content, data) => {
  const { densities, searches, families, energies, starts } = data;
  let search = searches.find(each => String(each.falloff) === remembered("falloff", "1")) || searches[0];
  const picture = make("div", { class: "plot", role: "img", "aria-label": "Loss over density by density, by family of minima" });
  const cards = make("div"), strip = make("p", { class: "strip" });
  const choices = make("div", { class: "choices", role: "radiogroup", "aria-label": "importance" }, searches.map(each =>
    make("label", {}, make("input", { type: "radio", name: "falloff", value: each.falloff, checked: each === search ? "" : null,
      onchange: () => { search = each; remember({ falloff: each.falloff }); update(); } }), each.falloff === 1 ? " all features equal" : ` importance ${each.falloff}^i`)));
  let at = nearest(densities, rememberedNumber("p5", 0.15, 1e-9, 1));
  const step = make("input", { type: "range", id: "slider-along", min: 0, max: densities.length - 1, step: 1, value: at, oninput: () => { at = Number(step.value); update(); } });
  content.append(choices, make("div", { class: "sliders" }, make("div", { class: "slider" }, make("label", { for: "slider-along" }, "density p, dense to sparse"), step, make("span"))), strip, picture, cards);

  function update() {
    const p = densities[at], row = search.minima[at];
    remember({ p5: p });
    step.setAttribute("aria-valuetext", shown(p, 4));
    step.nextSibling.textContent = shown(p, 4);
    chart(p);
    strip.textContent = `Density ${shown(p, 4)}: the best is ${row[0][1]}, loss ${shown(row[0][0], 5)}; ${many(row.length - 1, "other family").replace("familys", "families")}.`;
    announce(strip.textContent);
    cards.replaceChildren(make("div", { class: "cards" }, row.map(card(p))), ...below(p));
  }

  function chart(p) {
    const names = [...new Set([...families.map(each => each.name), ...search.minima.flat().map(each => each[1])])];
    const found = names.map((name, k) => {
      const rows = densities.map((d, i) => [d, search.minima[i].find(each => each[1] === name)]).filter(each => each[1]);
      return { type: "scatter", mode: "markers", name, x: rows.map(each => each[0]), y: rows.map(([d, each]) => each[0] / d),
        marker: { symbol: SYMBOLS[k % 7], color: HUES[k % 7], size: 8 }, hovertemplate: `${name}<br>p %{x:.4g}, L/p %{y:.5g}<extra></extra>` };
    });
    const followed = search.falloff === 1 ? families.map(each => {
      const k = names.indexOf(each.name);
      return { type: "scatter", mode: "lines", name: `${each.name}, followed`, x: densities, y: each.loss.map((loss, i) => loss / densities[i]), line: { color: HUES[k % 7], dash: DASH[k % 6], width: 1.6 }, hoverinfo: "skip", showlegend: false };
    }) : [];
    const winner = { type: "scatter", mode: "markers", name: "winner", x: densities, y: densities.map((d, i) => search.minima[i][0][0] / d), marker: { symbol: "circle-open", size: 15, color: "#111", line: { width: 1.8 } }, hoverinfo: "skip" };
    plot(picture, [...followed, ...found, winner], {
      xaxis: densityAxis(), yaxis: axis("loss over density, L / p", { rangemode: "tozero" }), margin: roomBelow(names.length + 1),
      shapes: [{ type: "line", x0: p, x1: p, yref: "paper", y0: 0, y1: 1, line: { color: "#111", width: 1, dash: "dot" } }],
    });
    if (!picture.listens) {
      picture.listens = true;
      picture.on("plotly_click", event => { at = nearest(densities, event.points[0].x); step.value = at; update(); });
    }
  }

  const importance = () => (search.falloff === 1 ? "None" : listed(search.importance));
  const card = p => ([loss, name, W, b, place, count], k) => make("section", { class: "card" + (k ? "" : " winner"), "aria-label": name },
    make("h3", {}, (k ? "" : "★ ") + capital(name)), k ? null : make("p", { class: "name" }, "the winner at this density"),
    modelPicture(W, b, `W ${listed(W)}, b ${listed(b)}`), modelTable(W, b),
    fact({ name: k ? `minimum-${k}` : "optimum", heading: "loss", value: loss, kind: "exact loss of a minimum found by search", label: "D03",
      call: `theory.optimum(5, 2, density=${p}, importance=${importance()}, starts=${starts}).minima[${place}].loss` }),
    count > 1 ? make("p", { class: "note" }, `The best of ${count} orders of unequal features.`) : null);

  function below(p) {
    if (search.falloff !== 1) return [];
    return [make("div", { class: "cards below" }, make("section", { class: "card" }, make("h3", {}, "The families followed, whether minima here or not"),
      families.map(each => fact({ name: `family-${each.block}`, heading: `${each.name}:`, value: each.loss[at], kind: "exact loss, best scale and bias", label: "D14",
        call: `${each.features} * theory.best_block("${each.block}", ${p}).loss + ${each.left} * (${p} / 3 - ${p}**2 / 4)` }))),
    make("section", { class: "card" }, make("h3", {}, "One feature active at a time: energies of polygons"),
      energies.map(([name, loss], k) => fact({ name: `energy-${k}`, heading: `${polygonName(name)}:`, value: loss, kind: "exact, one-hot limit", label: "D11", call: `theory.kgon_levels(5)[${k}].loss` }))))];
  }
  update();
});

// "4+" is a square and one feature that is ignored.
function polygonName(text) {
  const corners = parseInt(text, 10), ignored = text.length - String(corners).length;
  return `${corners ? `${corners}-gon` : "none"}${ignored ? `, ${ignored} ignored` : ""} (${text})`;
}
