// Two features in one dimension, every input at its worst attack.

tab("attack", (content, data) => {
  const { size, densities, importances, robust, trained, phase, sizes, along, borders, thresholds } = data;
  const details = make("div"), strip = make("p", { class: "strip" });
  const line = (k, dash) => ({ name: `border at attack ${sizes[k]}`, dash, points: along.flatMap((p, i) => (borders[k][i] === null ? [] : [[p, borders[k][i]]])) });
  const mirrored = each => ({ ...each, points: each.points.map(([p, r]) => [p, 1 / r]) });
  const lines = sizes.flatMap((value, k) => [line(k, ["2 4", "8 3", null, "8 3 2 3", "4 2"][k]), mirrored(line(k, ["2 4", "8 3", null, "8 3 2 3", "4 2"][k]))]);
  const both = [["robust", `theory: robust optimum, attack ${size}`, robust], ["attacked", `training under attack ${size}`, trained]].map(([key, heading, cells]) => {
    const picture = diagram({ label: `Phase diagram, ${heading}`, densities, importances, phase: (i, j) => phase[cells[i][j][1]], choose, lines: key === "robust" ? lines : [] });
    picture.node.setAttribute("data-diagram", key);
    return { picture, figure: make("figure", {}, make("figcaption", {}, capital(heading)), picture.node) };
  });
  function choose(i, j) {
    const p = densities[i], r = importances[j];
    both.forEach(({ picture }) => picture.select(i, j));
    remember({ pa: shown(p, 5), ra: shown(r, 5) });
    const card = (cell, heading, name, kind) => {
      const [loss, structure, W, b] = cell;
      return make("section", { class: "card", "aria-label": heading }, make("h3", {}, heading), make("p", { class: "name" }, swatch(phase[structure]), " ", phaseName(phase[structure], W)),
        modelPicture(W, b, `W ${listed(W)}, b ${listed(b)}`), modelTable(W, b),
        fact({ name, heading: "attacked loss", value: loss, kind, label: "D19", call: `theory.worst_case_loss(${listed(W)}, ${listed(b)}, size=${size}, density=${p}, importance=[1, ${r}]).loss` }));
    };
    details.replaceChildren(make("h2", { class: "place" }, `p = ${shown(p, 4)}, r = ${shown(r, 4)}`), make("div", { class: "cards" },
      card(robust[i][j], "Robust optimum", "optimum", "exact worst cases, integrated; the minimiser was searched"), card(trained[i][j], "Trained under attack", "trained", "exact worst cases, integrated")));
    strip.textContent = `Density ${shown(p, 3)}, importance ${shown(r, 3)}, attack ${size}: ${STYLE.phases[phase[robust[i][j][1]]].name}, attacked loss ${shown(robust[i][j][0], 4)}; trained ${shown(trained[i][j][0], 4)}.`;
    announce(strip.textContent);
  }
  content.append(strip, make("div", { class: "pair" }, both.map(each => each.figure)), legend([...robust, ...trained].flat().map(each => phase[each[1]])),
    make("p", { class: "note" }, `Lines: where a digon and a dedicated feature cost the same, for attacks of size ${sizes.join(", ")}, from the outermost inwards; drawn whole is that of ${sizes[2]}.`), details,
    make("h2", {}, "Equal features: the attack at which digons are given up"),
    make("div", { class: "cards" }, thresholds.densities.map((p, k) => make("section", { class: "card" },
      fact({ name: `threshold-${k}`, heading: `p = ${p}: ε =`, value: thresholds.given_up[k], unit: thresholds.given_up[k] === null ? "" : ` = ${shown(thresholds.given_up[k] / thresholds.mean_norm[k], 3)} E‖x‖`, kind: "numerical root of exact losses", label: "D20", call: `theory.digon_thresholds([${p}]).given_up.item()` })))));
  choose(nearest(densities, rememberedNumber("pa", 0.2, 1e-9, 1)), nearest(importances, rememberedNumber("ra", 0.5, 1e-9, 1e9)));
});
