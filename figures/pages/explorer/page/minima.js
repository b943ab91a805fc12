// Every local minimum that descents from spread starts end at, best first, one of each mirror pair.

// Damped Newton steps on the printed gradient; its differences are the Hessian.
function descend(start, value, most = 120) {
  let theta = start, [loss, ...slope] = value(theta), damping = 1e-2, hessian = curvatures(theta, value);
  for (let k = 0; k < most && Math.max(...slope.map(Math.abs)) > 1e-13; k++) {
    const { values, vectors } = eigen(hessian);
    const most = Math.max(...values.map(Math.abs), 1e-300);
    const next = theta.slice();
    values.forEach((lambda, i) => {
      // Saddles repel: it is the size of a curvature that a step divides by.
      const along = vectors[i].reduce((sum, v, l) => sum + v * slope[l], 0) / (Math.max(Math.abs(lambda), 1e-9 * most) + damping);
      vectors[i].forEach((v, l) => { next[l] -= along * v; });
    });
    const [there, ...tilt] = value(next);
    if (there < loss || (there === loss && damping > 1e9) || Math.max(...tilt.map(Math.abs)) < Math.max(...slope.map(Math.abs)) && there <= loss + 1e-15) {
      theta = next; loss = there; slope = tilt; damping = Math.max(damping / 8, 1e-14);
      hessian = curvatures(theta, value);
    } else if ((damping *= 4) > 1e12) break;
  }
  const steep = Math.max(...slope.map(Math.abs));
  return { theta, loss, steep, curvature: Math.min(...eigen(hessian).values) };
}

function curvatures(theta, value, step = 1e-6) {
  const rows = theta.map((_, k) => {
    const [up, down] = [step, -step].map(by => value(theta.map((t, l) => (l === k ? t + by : t))));
    return theta.map((_, l) => (up[l + 1] - down[l + 1]) / (2 * step));
  });
  return rows.map((row, k) => row.map((_, l) => (rows[k][l] + rows[l][k]) / 2));
}

// Jacobi's rotations: small, and as exact as rounding allows.
function eigen(matrix) {
  const n = matrix.length, a = matrix.map(row => row.slice());
  const v = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) {
      off += Math.abs(a[i][j]);
      if (Math.abs(a[i][j]) < 1e-300) continue;
      const angle = 0.5 * Math.atan2(2 * a[i][j], a[i][i] - a[j][j]), c = Math.cos(angle), s = Math.sin(angle);
      for (let k = 0; k < n; k++) [a[k][i], a[k][j]] = [c * a[k][i] + s * a[k][j], c * a[k][j] - s * a[k][i]];
      for (let k = 0; k < n; k++) [a[i][k], a[j][k]] = [c * a[i][k] + s * a[j][k], c * a[j][k] - s * a[i][k]];
      for (let k = 0; k < n; k++) [v[i][k], v[j][k]] = [c * v[i][k] + s * v[j][k], c * v[j][k] - s * v[i][k]];
    }
    if (off < 1e-15) break;
  }
  return { values: a.map((row, i) => row[i]), vectors: v };
}

// Natural solutions, and points of Halton's sequence in the box |w| < 1.3, −0.6 < b < 0.5.
function spreadStarts(p, count = 24) {
  const radical = (k, base) => { let x = 0; for (let f = 1 / base; k > 0; k = Math.floor(k / base), f /= base) x += f * (k % base); return x; };
  const natural = [[1, 0.01, 0, p / 2], [0.01, 1, p / 2, 0], [1, -1, 0, 0], [0.7, 0.7, 0, 0], [1.2, -1.2, -0.2, -0.2], [0.6, -0.5, 0.1 * p, 0.1 * p],
    [0.7, 1.2, -0.7, -0.5], [1.2, 0.7, -0.5, -0.7]];
  const spread = Array.from({ length: count }, (_, k) => [2, 3, 5, 7].map((base, l) => (l < 2 ? 2.6 * radical(k + 1, base) - 1.3 : 1.1 * radical(k + 1, base) - 0.6)));
  return [...natural, ...spread];
}

function allMinima(p, r) {
  const weights = patternWeights(p), scale = p * (1 + r);
  // A unit of loss a unit of scale, so that sparse features are descended like dense ones.
  const value = theta => exactLoss(theta, weights, r).map(v => v / scale);
  const ended = spreadStarts(p).map(start => descend(start, value)).filter(isMinimum);
  const pushed = distinct(ended, r).map(end => [end, ...wayDown(end, value)]);
  // Where the loss has a kink a flat place may have a way down on one side: it is no minimum.
  const left = pushed.flatMap(([end, ...lower]) => (lower.length ? lower.filter(isMinimum) : [end]));
  return distinct(left, r).map(({ theta, loss }) => ({ theta, loss: loss * scale }));
}

function isMinimum({ theta, steep, curvature }) {
  return steep < 1e-9 && curvature > -1e-6 && !silent(theta);
}

// Ends, lower than a point at a kink, of descents from close by, along each parameter both ways.
function wayDown({ theta, loss }, value) {
  if (theta.slice(2).every(b => Math.abs(b) > 1e-6)) return [];
  return theta.flatMap((_, k) => [1e-3, -1e-3].map(by => descend(theta.map((t, l) => (l === k ? t + by : t)), value, 300)))
    .filter(end => end.loss < loss - 1e-9);
}

// Best first, one of each; features of equal importance may change places.
function distinct(ended, r) {
  const found = [];
  for (const end of [...ended].sort((a, b) => a.loss - b.loss)) {
    const theta = settled(end.theta);
    const [w1, w2, b1, b2] = theta, images = r === 1 ? [theta, [w2, w1, b2, b1]] : [theta];
    const twin = found.some(other => Math.abs(other.loss - end.loss) < 1e-8 * end.loss + 1e-13 && images.some(image => apart(other.theta, image) < 2e-3));
    if (!twin) found.push({ ...end, theta });
  }
  return found;
}

// Whether an output is positive for no input: such a model stands on a plateau, not in a minimum.
function silent([w1, w2, b1, b2]) {
  return FORMULAS.seen(w1, w2, b1, b2).some(([own, other, b]) => b + own + Math.max(0, other) < 1e-7);
}

// Of W and −W, which are one model, the one whose larger weight is positive.
function settled([w1, w2, b1, b2]) {
  const sign = (Math.abs(w1) >= Math.abs(w2) - 1e-6 ? w1 : w2) < 0 ? -1 : 1;
  return [sign * w1, sign * w2, b1, b2];
}

function apart(one, other) {
  const size = ([w1, w2, b1, b2]) => [w1 * w1, w1 * w2, w2 * w2, b1, b2];
  const first = size(one), second = size(other);
  return Math.max(...first.map((v, k) => Math.abs(v - second[k])));
}
