// A picture that was drawn in Python, with its words, and the files that it can be saved as.

function render({ model, el }) {
  const image = make("img", { class: "twp-image" });
  const caption = make("figcaption", { class: "twp-caption" });
  const bar = make("div", { class: "twp-bar" });
  const root = make("figure", { class: "twp", "data-testid": model.get("testid") }, image, caption, bar);
  el.append(root);
  let address = "";

  /** The variant that fits the page; a picture without a dark one is shown as it is. */
  function chosen() {
    const dark = root.dataset.theme === "dark";
    const [png, svg] = ["png", "svg"].map((kind) => (dark && size(model.get(`${kind}_dark`)) ? `${kind}_dark` : kind));
    if (size(model.get(svg))) return { name: svg, content: model.get(svg), mime: "image/svg+xml" };
    const bytes = model.get(png);
    return size(bytes) ? { name: png, content: numbers(bytes, Uint8Array), mime: "image/png" } : null;
  }
  const size = (value) => (value ? (value.byteLength ?? value.length) : 0);

  function read() {
    if (address) URL.revokeObjectURL(address);
    const found = chosen();
    root.hidden = !found;
    const waits = root.dataset.theme === "dark" && model.get("asks_dark") && !size(model.get("png_dark"));
    if (waits) model.send({ want: "dark" }); // until it is drawn the light one is shown
    if (!found) return;
    address = URL.createObjectURL(new Blob([found.content], { type: found.mime }));
    image.src = address;
    image.alt = model.get("alt");
    image.style.maxWidth = model.get("width") ? `min(100%, ${model.get("width")}px)` : "100%";
    write(caption, model.get("caption"));
    root.dataset.version = model.get("version");
    root.dataset.shows = found.name;
  }
  function readButtons() {
    const button = (kind) =>
      make("button", {
        type: "button", class: "twf-button", text: kind.toUpperCase(), "data-testid": `save-${kind}`,
        "aria-label": `Save this picture as ${kind.toUpperCase()}`, onclick: () => save(kind),
      });
    bar.replaceChildren(...model.get("kinds").map(button));
  }
  /** Saves what is here; what is not, Python makes. */
  function save(kind) {
    const content = kind === "png" ? numbers(model.get("png"), Uint8Array) : model.get("svg");
    if (content.length) saveAs(`${model.get("name")}.${kind}`, kind === "png" ? "image/png" : "image/svg+xml", content);
    else model.send({ press: kind });
  }
  const paint = () => {
    dress(model, root);
    root.style.background = "";
    read();
  };
  const ends = [
    watchTheme(paint), takeDeliveries(model),
    listen(model, { "png png_dark svg svg_dark alt caption width version": read, kinds: readButtons, "colours theme": paint }),
  ];
  paint();
  readButtons();
  return () => {
    ends.forEach((end) => end());
    URL.revokeObjectURL(address);
  };
}

export default { render };
