// Many equal features: which polytope saves most per hidden dimension, its Gram matrix, its shape.

tab("packing", (content, data) => {
  const { densities, names, winner, benefit, dimension, features, grams, scale, bias, shape, loss, dimensionality } = data;
  let at = nearest(densities, rememberedNumber("pp", 0.1, 1e-9, 1)), chosen = names.includes(remembered("polytope", "")) ? remembered("polytope") : null, fourth = 0;
  const step = make("input", { type: "range", id: "slider-packing", min: 0, max: densities.length - 1, step: 1, value: at, oninput: () => { at = Number(step.value); chosen = null; update(); } });
  const out = make("span"), strip = make("p", { class: "strip" }), ranks = make("div", { class: "ranks", role: "group", "aria-label": "Arrangements by benefit; choose one to see it" });
  const figure = solid({ label: "Polytope" }), caption = make("p", { class: "note" }), gramBox = make("div"), facts = make("div");
  const fourthLabel = make("label", { for: "slider-fourth" }, "turn the third axis into the fourth");
  const fourthRange = make("input", { type: "range", id: "slider-fourth", min: 0, max: 1.57, step: 0.01, value: 0, oninput: () => { fourth = Number(fourthRange.value); turnIt(); } });
  const fourthBox = make("div", { class: "slider" }, fourthLabel, fourthRange);
  content.append(make("div", { class: "sliders" }, make("div", { class: "slider" }, make("label", { for: "slider-packing" }, "density p, dense to sparse"), step, out)), strip,
    make("div", { class: "cards" },
      make("section", { class: "card" }, make("h3", {}, "Benefit per hidden dimension"), ranks),
      make("section", { class: "card" }, make("h3", {}, "Vertices"), figure.node, fourthBox, caption),
      make("section", { class: "card" }, make("h3", {}, "Gram matrix of its unit vectors"), gramBox),
      make("section", { class: "card" }, make("h3", {}, "Numbers"), facts)));

  let points, edges, name;
  function turnIt() {
    const c = Math.cos(fourth), s = Math.sin(fourth);
    figure.set(points.map(([x = 0, y = 0, z = 0, w = 0]) => [x, y, c * z + s * w]), edges, name);
  }

  function update() {
    const p = densities[at], order = names.map((_, k) => k).sort((a, b) => benefit[at][b] - benefit[at][a]);
    const best = names.indexOf(winner[at]), k = chosen === null ? best : names.indexOf(chosen);
    name = names[k];
    remember({ pp: shown(p, 5), polytope: chosen || "" });
    step.setAttribute("aria-valuetext", shown(p, 4));
    out.textContent = shown(p, 4);
    const focused = ranks.contains(document.activeElement);
    ranks.replaceChildren(...order.slice(0, 10).concat(order.indexOf(k) >= 10 ? [k] : []).map((each, rank) => make("button", {
      type: "button", class: "rank", "aria-pressed": each === k, style: `--share:${Math.max(0, 100 * benefit[at][each] / benefit[at][best]).toFixed(1)}%`,
      onclick: () => { chosen = names[each]; update(); },
    }, `${rank ? "" : "★ "}${names[each]}`, make("span", {}, shown(benefit[at][each], 5)))));
    if (focused) ranks.querySelector("[aria-pressed=true]").focus();
    const gram = gramAt(grams[k], shape[at][k] === null ? 0 : shape[at][k]), d = dimension[k];
    points = principal(gram, d);
    if (d > 3) points = turned(points, 0.45);
    edges = edgesOf(gram);
    fourthBox.hidden = d < 4;
    if (d < 4) { fourth = 0; fourthRange.value = 0; }
    turnIt();
    caption.textContent = d > 3
      ? `${features[k]} vertices in ${d} dimensions, seen along three of their principal axes. Axes of a tight frame are all alike: they are taken after a fixed turn.`
      : `${features[k]} vertices in ${d} dimension${d > 1 ? "s" : ""}, along their principal axes.`;
    gramBox.replaceChildren(squares(gram, { label: `Gram matrix of the ${name}`, cell: Math.max(12, Math.min(34, 330 / features[k])) }),
      make("p", { class: "note" }, "Area by size; filled is positive, hollow negative. Point at a square for its number."));
    const block = `theory.best_block("${name}", ${p})`;
    facts.replaceChildren(
      fact({ name: "benefit", heading: "benefit per dimension", value: benefit[at][k], kind: "exact loss; scale, bias and shape numerical", label: "D14", call: `${block}.benefit` }),
      fact({ name: "loss", heading: "loss of one feature", value: loss[at][k], kind: "exact", label: "D14", call: `${block}.loss` }),
      fact({ name: "dimensionality", heading: "dimensionality Dᵢ", value: dimensionality[at][k], kind: "exact for its shape", label: "D14", call: `${block}.dimensionality` }),
      fact({ name: "scale", heading: "scale ‖Wᵢ‖²", value: scale[at][k], kind: "numerical", label: "D14", call: `${block}.scale` }),
      fact({ name: "bias", heading: "bias", value: bias[at][k], kind: "numerical", label: "D14", call: `${block}.bias` }),
      make("p", { class: "note" }, "Who wins:"), copied(`theory.packing([${p}]).winner.item()`));
    strip.textContent = `Density ${shown(p, 4)}: the ${winner[at]} wins, benefit ${shown(benefit[at][best], 5)} a dimension${k === best ? "" : `; shown is the ${name}, ${shown(benefit[at][k], 5)}`}.`;
    announce(strip.textContent);
  }
  update();
});
