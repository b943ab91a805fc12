// Two features in one dimension with a price λ on |h|, the price a slider.

tab("penalty", (content, { densities, importances, levels, optima, trained, phase }) => {
  let at = nearest(levels.map(v => v + 1e-3), rememberedNumber("l1", 0.2, 0, 9) + 1e-3), place = null;
  const step = make("input", { type: "range", id: "slider-level", min: 0, max: levels.length - 1, step: 1, value: at, oninput: () => { at = Number(step.value); update(); } });
  const out = make("span"), strip = make("p", { class: "strip" }), details = make("div"), second = make("figcaption", {}), note = make("p", { class: "note" });
  const beside = () => trained[String(levels[at])];
  const shownPhase = (cells, i, j) => phase[cells[i][j][1]];
  const picture = diagram({ label: "Phase diagram under L1, theory", densities, importances, phase: (i, j) => shownPhase(optima[at], i, j), choose });
  const learned = diagram({ label: "Phase diagram under L1, training", densities, importances, phase: (i, j) => shownPhase(beside() || optima[at], i, j), choose });
  picture.node.setAttribute("data-diagram", "penalised");
  const learnedFigure = make("figure", {}, second, learned.node);
  content.append(make("div", { class: "sliders" }, make("div", { class: "slider" }, make("label", { for: "slider-level" }, "λ, the price of |h|"), step, out)), strip,
    make("div", { class: "pair" }, make("figure", {}, make("figcaption", {}, "Theory: least loss with penalty"), picture.node), learnedFigure), note,
    legend([...optima, ...Object.values(trained)].flat(2).map(each => phase[each[1]])), details);

  function update() {
    out.textContent = String(levels[at]);
    step.setAttribute("aria-valuetext", String(levels[at]));
    remember({ l1: levels[at] });
    picture.fill();
    learnedFigure.hidden = !beside();
    second.textContent = `Training at λ = ${levels[at]}`;
    note.textContent = beside() ? "" : `Models were trained at λ = ${Object.keys(trained).join(", ")}.`;
    if (beside()) learned.fill();
    choose(...place);
  }
  function choose(i, j) {
    place = [i, j];
    const p = densities[i], r = importances[j], level = levels[at];
    picture.select(i, j);
    learned.select(i, j);
    remember({ pl: shown(p, 5), rl: shown(r, 5) });
    const card = ([priced, structure, W, b, loss], heading, name) => make("section", { class: "card", "aria-label": heading },
      make("h3", {}, heading), make("p", { class: "name" }, swatch(phase[structure]), " ", phaseName(phase[structure], W)), modelPicture(W, b, `W ${listed(W)}, b ${listed(b)}`), modelTable(W, b),
      name === "optimum"
        ? fact({ name, heading: "loss with penalty", value: priced, kind: "closed form where one feature or none is left; else exact, minimiser numerical", label: "D34", call: `theory.penalised_optimum(2, 1, density=${p}, importance=[1, ${r}], l1=${level}).loss` })
        : fact({ name, heading: "loss with penalty", value: priced, kind: "exact loss of trained weights", label: "D34" }),
      fact({ name: `${name}-alone`, heading: "loss without", value: loss, kind: "exact", label: "D03", call: `theory.loss_and_gradient(${listed(W)}, ${listed(b)}, density=${p}, importance=[1, ${r}])[0]` }));
    const own = optima[at][i][j];
    details.replaceChildren(make("h2", { class: "place" }, `p = ${shown(p, 4)}, r = ${shown(r, 4)}, λ = ${level}`), make("div", { class: "cards" }, card(own, "Optimum", "optimum"), beside() ? card(beside()[i][j], "Trained", "trained") : null));
    strip.textContent = `λ ${level}, density ${shown(p, 3)}, importance ${shown(r, 3)}: ${STYLE.phases[phase[own[1]]].name}, loss with penalty ${shown(own[0], 4)}.`;
    announce(strip.textContent);
  }
  place = [nearest(densities, rememberedNumber("pl", 0.1, 1e-9, 1)), nearest(importances, rememberedNumber("rl", 0.7, 1e-9, 1e9))];
  update();
});
