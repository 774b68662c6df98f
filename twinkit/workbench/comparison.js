// Scenarios side by side: a column each, a row for every figure; differences stand below the value.

const SIGNS = { better: "✓", worse: "▾", unclear: "≈" };
const SAID = { better: "better", worse: "worse", unclear: "no clear difference" };

function render({ model, el }) {
  const caption = make("caption"), heads = make("tr"), body = make("tbody");
  const table = make("table", { class: "twcp-table" }, caption, make("thead", {}, heads), body);
  const box = make("div", { class: "twcp-box", role: "region", tabindex: 0 }, table);
  const root = make("section", { class: "twb-part twcp", "data-testid": model.get("testid") }, box);
  el.append(root);

  function cell(one) {
    const parts = [make("div", { class: "twcp-value", text: one.value })];
    if (one.spread) parts.push(make("div", { class: "twcp-spread", text: one.spread }));
    if (one.change) {
      const sign = SIGNS[one.tone] ? [make("span", { class: "twcp-sign", "aria-hidden": true, text: SIGNS[one.tone] }), make("span", { class: "twsc-hide", text: `${SAID[one.tone]}: ` })] : [];
      parts.push(make("div", { class: "twcp-change", "data-tone": one.tone }, ...sign, one.change));
    }
    if (one.better) parts.push(make("div", { class: "twcp-spread", text: one.better }));
    return make("td", {}, ...parts);
  }
  function line(row) {
    const label = make("span", { text: row.label });
    const th = make("th", { scope: "row" });
    if (row.definition) {
      const ask = make("button", { type: "button", class: "twcp-ask", text: row.label });
      th.append(ask, tipOf(ask, row.definition));
    } else th.append(label);
    if (row.unit) th.append(make("div", { class: "twcp-spread", text: row.unit }));
    return make("tr", { "data-row": row.label }, th, ...row.cells.map(cell));
  }
  function read() {
    const shown = model.get("table");
    if (!shown.heads) return;
    write(caption, shown.caption);
    box.setAttribute("aria-label", shown.caption);
    heads.replaceChildren(make("th", { scope: "col", text: "Figure" }), ...shown.heads.map((text, i) =>
      make("th", { scope: "col" }, text, ...(i ? [] : [make("div", { class: "twcp-spread", text: "baseline" })]))));
    body.replaceChildren(...shown.rows.map(line));
  }
  const paint = () => dress(model, root);
  const ends = [watchTheme(paint), listen(model, { table: read, "colours theme": paint })];
  paint();
  read();
  root.style.background = "";
  return () => ends.forEach((end) => end());
}

export default { render };
