// A polytope from its Gram matrix: coordinates along principal axes, and edges.

// In a family with a free shape the Gram matrix is linear in it.
function gramAt(ends, shape) {
  if (ends.length === 1) return ends[0];
  return ends[0].map((row, i) => row.map((value, j) => (1 - shape) * value + shape * ends[1][i][j]));
}

// Coordinates along the principal axes, the longest first: rows of √λ v.
function principal(gram, dimension) {
  const { values, vectors } = eigen(gram);
  const order = values.map((_, k) => k).sort((a, b) => values[b] - values[a]).slice(0, dimension);
  return gram.map((_, i) => order.map(k => Math.sqrt(Math.max(0, values[k])) * vectors[k][i]));
}

// Turned by the same angle in the plane of every two axes; of a tight frame all axes are alike, and
// this keeps vertices from hiding each other.
function turned(points, angle) {
  const d = points[0].length, c = Math.cos(angle), s = Math.sin(angle);
  const moved = points.map(point => point.slice());
  for (let i = 0; i < d; i++) for (let j = i + 1; j < d; j++) for (const point of moved)
    [point[i], point[j]] = [c * point[i] - s * point[j], s * point[i] + c * point[j]];
  return moved;
}

// Nearest neighbours, and the next nearest until all hang together.
function edgesOf(gram) {
  const n = gram.length, pairs = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) pairs.push([gram[i][j], i, j]);
  pairs.sort((a, b) => b[0] - a[0]);
  const group = gram.map((_, i) => i), edges = [];
  for (const [value, i, j] of pairs) {
    const apart = new Set(group).size > 1;
    if (!apart && value < edges.level - 1e-6) break;
    if (group[i] !== group[j]) group.forEach((g, k, all) => { if (g === group[j] && k !== j) all[k] = group[i]; });
    group[j] = group[i];
    edges.push([i, j]);
    edges.level = value;
  }
  return edges;
}
