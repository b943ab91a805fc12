// A slider over the logarithm of a number, with the number in a field beside it.

function slider({ name, title, low, high, value, change, logarithmic = true, step = 0.005 }) {
  const forward = logarithmic ? Math.log10 : v => v, back = logarithmic ? v => 10 ** v : v => v;
  const range = make("input", { type: "range", id: `slider-${name}`, min: forward(low), max: forward(high), step, value: forward(value) });
  const field = make("input", { type: "number", id: `field-${name}`, min: low, max: high, step: "any", value: shown(value, 4), "aria-label": `${title}, as a number` });
  function set(to, from) {
    value = Math.min(high, Math.max(low, to));
    if (from !== range) range.value = forward(value);
    if (from !== field) field.value = shown(value, 4);
    range.setAttribute("aria-valuetext", shown(value, 4));
    change(value);
  }
  range.addEventListener("input", () => set(Number(shown(back(Number(range.value)), 4)), range));
  field.addEventListener("change", () => { if (Number.isFinite(field.valueAsNumber)) set(field.valueAsNumber); });
  range.setAttribute("aria-valuetext", shown(value, 4));
  return make("div", { class: "slider" }, make("label", { for: range.id }, title), range, field);
}
