// The phase diagrams of two features in one dimension and of three in two, cell by cell.

tab("phases", (content, { diagrams }) => {
  const chosen = () => diagrams.find(each => each.key === remembered("diagram", diagrams[0].key)) || diagrams[0];
  const body = make("div");
  const choices = make("div", { class: "choices", role: "radiogroup", "aria-label": "diagram" },
    diagrams.map(each => make("label", {}, make("input", {
      type: "radio", name: "diagram", value: each.key, checked: each === chosen() ? "" : null,
      onchange: () => { remember({ diagram: each.key }); open(each); },
    }), ` n = ${each.n}, m = ${each.m}`)));
  content.append(choices, body);

  function open(data) {
    const { densities, importances, cells, phase } = data;
    const details = make("div", { class: "details" }), strip = make("p", { class: "strip" });
    const both = [
      ["theory", "theory: best W and b", (i, j) => phase[cells[i][j].minima[0][2]]],
      ["trained", "training: best of its runs", (i, j) => phase[cells[i][j].trained[1]]],
    ].map(([name, heading, value]) => {
      const picture = diagram({ label: `Phase diagram, n = ${data.n}, m = ${data.m}, ${heading}`, densities, importances, phase: value, choose });
      picture.node.setAttribute("data-diagram", name);
      return { picture, figure: make("figure", {}, make("figcaption", {}, capital(heading)), picture.node) };
    });
    function choose(i, j) {
      both.forEach(({ picture }) => picture.select(i, j));
      remember({ p: shown(densities[i], 5), r: shown(importances[j], 5) });
      details.replaceChildren(...cellDetails(data, i, j));
      strip.textContent = cellSentence(data, i, j);
      announce(strip.textContent);
    }
    const indices = cells.flat().flatMap(cell => [phase[cell.minima[0][2]], phase[cell.trained[1]]]);
    body.replaceChildren(strip, make("div", { class: "pair" }, both.map(each => each.figure)), legend(indices), details);
    choose(nearest(densities, rememberedNumber("p", 0.1, 1e-9, 1)), nearest(importances, rememberedNumber("r", 1.2, 1e-9, 1e9)));
  }
  open(chosen());
});

function cellSentence({ densities, importances, cells, phase }, i, j) {
  const { minima, trained } = cells[i][j], [loss, , structure] = minima[0];
  return `Density ${shown(densities[i], 3)}, importance ${shown(importances[j], 3)}: ${STYLE.phases[phase[structure]].name}, ` +
    `optimum loss ${shown(loss, 4)}; trained loss ${shown(trained[0], 4)}; ${many(minima.length - 1, "other minimum")}.`;
}

function cellDetails(data, i, j) {
  const { n, m, densities, importances, cells, phase } = data;
  const p = densities[i], r = importances[j], { minima, trained, candidate, certified } = cells[i][j];
  const importance = `[${"1, ".repeat(n - 1)}${r}]`;
  const exact = (W, b) => `theory.loss_and_gradient(${listed(W)}, ${listed(b)}, density=${p}, importance=${importance})[0]`;
  const search = `theory.optimum(${n}, ${m}, density=${p}, importance=${importance})`;
  const [loss, , structure, W, b] = minima[0];
  const named = (text, W) => [swatch(phase[text]), ` ${phaseName(phase[text], W)} `, make("code", {}, text)];
  const best = make("section", { class: "card", "aria-label": "optimum" },
    make("h3", {}, "Optimum"), make("p", { class: "name" }, named(structure, W)),
    modelPicture(W, b, `Optimal model: W ${listed(W)}, b ${listed(b)}`), modelTable(W, b),
    fact({ name: "optimum", heading: "loss", value: loss, label: certified ? "D10" : "D03", call: search + ".loss",
      kind: certified ? "certified: proved to be the least" : "exact loss; that it is the least was searched" }),
    certified ? fact({ name: "certified", heading: "proved lower bound", value: certified[0], kind: "certified", label: "D10", call: `theory.certify(${p}, (1.0, ${r})).lower` }) : null);
  const [ownLoss, ownStructure, ownW, ownB, rate] = trained;
  const learned = make("section", { class: "card", "aria-label": "trained model" },
    make("h3", {}, "Trained"), make("p", { class: "name" }, named(ownStructure, ownW)),
    modelPicture(ownW, ownB, `Trained model: W ${listed(ownW)}, b ${listed(ownB)}`), modelTable(ownW, ownB),
    fact({ name: "trained", heading: "loss", value: ownLoss, kind: "exact loss of trained weights", label: "D03", call: exact(ownW, ownB) }),
    fact({ name: "gap", heading: "above the optimum by", value: 100 * (ownLoss / loss - 1), unit: " %", kind: "exact" }),
    make("p", { class: "note" }, `${shown(100 * rate, 3)} % of runs came within 1 % of the best. Turned${m > 1 ? ", and equal features renamed," : ""} to lie like the optimum; this changes no loss.`));
  const others = make("section", { class: "card wide", "aria-label": "every other minimum" },
    make("h3", {}, minima.length > 1 ? "Every other minimum found" : "No other minimum found"),
    minima.length > 1 ? otherMinima(minima, named, search) : null,
    fact({ name: "candidate", heading: `best of the paper's candidates, ${candidate[1]}:`, value: candidate[0], kind: "exact", label: "D06",
      call: `theory.phase_diagram(${n}, ${m}, [${p}], [${r}]).loss.item()` }));
  return [make("h2", { class: "place" }, `p = ${shown(p, 4)}, r = ${shown(r, 4)}`), make("div", { class: "cards" }, best, learned, others)];
}

function otherMinima(minima, named, search) {
  return make("div", { class: "others" }, minima.slice(1).map(([loss, , structure, W, b], k) =>
    make("div", { class: "other" }, make("p", { class: "name" }, named(structure, W)),
      modelPicture(W, b, `Minimum ${k + 2}: W ${listed(W)}, b ${listed(b)}`),
      fact({ name: `minimum-${k + 1}`, heading: "loss", value: loss, kind: "exact loss of a minimum found by search", label: "D03", call: `${search}.minima[${k + 1}].loss` }))));
}
