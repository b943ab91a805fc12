// Plotly, read from the page itself when a picture first needs it.

function plotly() {
  if (!window.Plotly) {
    const script = make("script");
    script.textContent = document.getElementById("plotly").textContent;
    document.head.append(script);
  }
  return window.Plotly;
}

const LAYOUT = {
  font: { family: "system-ui, 'Helvetica Neue', Arial, sans-serif", size: 13, color: "#222" },
  margin: { l: 62, r: 12, t: 12, b: 48 }, paper_bgcolor: "#fff", plot_bgcolor: "#fff", hovermode: "closest",
  legend: { orientation: "h", x: 0, yref: "container", y: 0, yanchor: "bottom" },
};
const CONFIG = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["toImage", "lasso2d", "select2d"], displayModeBar: false };

// Room below a chart for its axis and so many entries of the legend, one a line where it is narrow.
function roomBelow(entries) {
  return { l: 62, r: 12, t: 12, b: innerWidth < 600 ? 60 + 20 * entries : 70 + 22 * Math.ceil(entries / 4) };
}

function axis(title, more = {}) {
  return { title: { text: title }, showline: true, linecolor: "#222", ticks: "outside", gridcolor: "#e4e4e4", zeroline: false, ...more };
}

function densityAxis(more = {}) {
  return axis("density p = 1 − S", { type: "log", autorange: "reversed", tickvals: [1, 0.3, 0.1, 0.03, 0.01], ticktext: ["1", "0.3", "0.1", "0.03", "0.01"], ...more });
}

function plot(node, data, layout = {}) {
  return plotly().react(node, data, { ...LAYOUT, ...layout }, CONFIG);
}
