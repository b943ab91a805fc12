// A number with what it is, where it is derived, and the call that gives it again.

function fact({ name, value, unit = "", kind, label, call, heading }) {
  const labelled = label ? make("abbr", { title: `${label}: ${STYLE.titles[label]}` }, label) : null;
  return make("div", { class: "fact" },
    make("div", { class: "reading" }, make("span", { class: "heading" }, heading),
      make("output", { "data-name": name }, shown(value)), unit,
      make("span", { class: "kind" }, kind), labelled),
    call ? copied(call) : null);
}

function copied(call) {
  const code = make("code", {}, call);
  const button = make("button", {
    type: "button", class: "copy", "aria-label": `Copy: ${call}`,
    onclick: async () => {
      // From a file there may be no clipboard: then the text is selected, to be copied by hand.
      try { await navigator.clipboard.writeText(call); }
      catch { getSelection().selectAllChildren(code); document.execCommand("copy"); }
      button.textContent = "copied";
      setTimeout(() => { button.textContent = "copy"; }, 1200);
    },
  }, "copy");
  return make("div", { class: "call" }, code, button);
}
