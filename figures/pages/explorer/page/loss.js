// The exact loss of two features in one dimension, from the formulas that SymPy printed.

// The cells of each pattern by the signs of its vertices, read as bits.
const CELLS = FORMULAS.patterns.map(({ vertices, cells }) => ({
  vertices, cells: Array.from({ length: 16 }, (_, bits) => Object.entries(cells).find(([signs]) => parseInt(signs, 2) === bits)?.[1]),
}));

// What one output costs, and its slopes in own, other and b.
function outputCost(own, other, b, weights) {
  const total = [0, 0, 0, 0];
  for (let k = 0; k < CELLS.length; k++) {
    let bits = 0;
    for (const z of CELLS[k].vertices(own, other, b)) bits = 2 * bits + (z > 0 ? 1 : 0);
    const values = CELLS[k].cells[bits](own, other, b);
    for (let i = 0; i < 4; i++) total[i] += weights[k] * values[i];
  }
  return total;
}

function patternWeights(p) {
  return FORMULAS.patterns.map(pattern => pattern.probability(p));
}

// Loss and gradient at θ = (w₁, w₂, b₁, b₂): [L, ∂w₁, ∂w₂, ∂b₁, ∂b₂].
function exactLoss([w1, w2, b1, b2], weights, r) {
  const [first, second] = FORMULAS.seen(w1, w2, b1, b2);
  return FORMULAS.chain(w1, w2, r, outputCost(...first, weights), outputCost(...second, weights));
}

// The least cost of one output over its bias: the best of a scan, then bisection of the slope.
function bestBias(own, other, weights, scan = 48) {
  const low = -Math.max(0, own) - Math.max(0, other) - 0.02, high = Math.max(0, -own) + Math.max(0, -other) + 1.02;
  const step = (high - low) / scan;
  let best = Infinity, at = 0;
  for (let k = 0; k <= scan; k++) {
    const cost = outputCost(own, other, low + k * step, weights)[0];
    if (cost < best) { best = cost; at = low + k * step; }
  }
  let left = at - step, right = at + step;
  for (let k = 0; k < 44; k++) {
    const middle = (left + right) / 2;
    if (outputCost(own, other, middle, weights)[3] > 0) right = middle;
    else left = middle;
  }
  const bias = (left + right) / 2, cost = outputCost(own, other, bias, weights)[0];
  return cost < best ? { bias, cost } : { bias: at, cost: best };
}

// The surface over w₁, w₂ with the best b at every point.
function lossSurface(axis, weights, r, scan) {
  return axis.map(w2 => axis.map(w1 => {
    const [[a, other], [c]] = FORMULAS.seen(w1, w2, 0, 0);
    return bestBias(a, other, weights, scan).cost + r * bestBias(c, other, weights, scan).cost;
  }));
}
