// Numbers as they are read: seven significant digits, none of them idle.

function shown(value, digits = 7) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return String(Number(Number(value).toPrecision(digits)));
}

// Weights: what is smaller than a millionth is rounding.
function decimals(value) {
  return shown(Math.round(value * 1e6) / 1e6 || 0, 5);
}

// Vectors and matrices as Python lists, so that what is copied runs.
function listed(value) {
  return Array.isArray(value) ? "[" + value.map(listed).join(", ") + "]" : String(value);
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function many(count, noun) {
  if (count === 1) return `1 ${noun}`;
  return `${count || "no"} ${noun.endsWith("minimum") ? noun.replace(/minimum$/, "minima") : noun + "s"}`;
}

function nearest(values, target) {
  let best = 0;
  values.forEach((value, k) => {
    if (Math.abs(Math.log(value / target)) < Math.abs(Math.log(values[best] / target))) best = k;
  });
  return best;
}
