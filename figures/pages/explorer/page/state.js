// What is looked at, in the address: a view can be sent and cited.

const state = new URLSearchParams(location.hash.slice(1));

function remembered(name, otherwise) {
  return state.has(name) ? state.get(name) : otherwise;
}

function rememberedNumber(name, otherwise, low, high) {
  const value = Number(state.get(name));
  return state.has(name) && value >= low && value <= high ? value : otherwise;
}

function remember(changes) {
  for (const [name, value] of Object.entries(changes)) state.set(name, value);
  history.replaceState(null, "", "#" + state);
}
