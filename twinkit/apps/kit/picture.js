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
    const name = root.dataset.theme === "dark" && size(model.get("png_dark")) ? "png_dark" : "png";
    return size(model.get(name)) ? { name, content: numbers(model.get(name), Uint8Array) } : null;
  }
  const size = (value) => (value ? (value.byteLength ?? value.length) : 0);

  function read() {
    if (address) URL.revokeObjectURL(address);
    const found = chosen();
    root.hidden = !found;
    const waits = root.dataset.theme === "dark" && !size(model.get("png_dark"));
    if (waits) model.send({ want: "dark" }); // until it is drawn the light one is shown
    if (!found) return;
    address = URL.createObjectURL(new Blob([found.content], { type: "image/png" }));
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
    if (kind === "png" && size(model.get("png"))) saveAs(`${model.get("name")}.png`, "image/png", numbers(model.get("png"), Uint8Array));
    else model.send({ press: kind });
  }
  const paint = () => {
    dress(model, root);
    root.style.background = "";
    read();
  };
  const ends = [
    watchTheme(paint), takeDeliveries(model),
    listen(model, { "png png_dark alt caption width version": read, kinds: readButtons, "colours theme": paint }),
  ];
  paint();
  readButtons();
  return () => {
    ends.forEach((end) => end());
    URL.revokeObjectURL(address);
  };
}

export default { render };
