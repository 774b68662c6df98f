// What both canvases share: making elements, reading arrays, themes, and one paint per frame.

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Makes an element. "text" becomes text, never markup; null and false attributes are left out. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Sets an element's text only where it differs, so that screen readers are not disturbed. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes a name for an element that no other part of the page has: every part is a script of its own. */
const unique = (lead) => `${lead}-${Math.random().toString(36).slice(2, 10)}`;

/** Reads a Bytes trait as numbers. It is copied, because a message need not be aligned. */
function numbers(view, Type) {
  if (!view || !view.byteLength) return new Type(0);
  const from = view.byteOffset || 0;
  const bytes = (view.buffer || view).slice(from, from + view.byteLength);
  return new Type(bytes, 0, Math.floor(bytes.byteLength / Type.BYTES_PER_ELEMENT));
}

const limit = (value, low, high) => Math.min(Math.max(value, low), high);
const percent = (share) => `${Math.round(100 * share)}\u202f%`;
const many = (count, one, more = one + "s") => `${count} ${count === 1 ? one : more}`;
const calmly = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Is the page behind the element dark? Asks the page's theme, then its colour, then the system. */
function darkPage(element) {
  const theme = document.body.dataset.jpThemeLight;
  if (theme) return theme === "false";
  for (let node = element; node; node = node.parentElement) {
    const [r, g, b, opaque = 1] = (getComputedStyle(node).backgroundColor.match(/[\d.]+/g) || []).map(Number);
    if (r !== undefined && opaque > 0) return 0.299 * r + 0.587 * g + 0.114 * b < 128;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

const OWN_KEYS = "data-lm-suppress-shortcuts";

/**
 * Keeps what is typed in a part from the application around it, where letters are commands (`m` makes text of a cell).
 * JupyterLab and Notebook 7 leave keys alone that are typed into an element with this attribute (Lumino looks at the
 * element itself before it looks at what is around it); the classic notebook asks to be told. Ctrl+S stays the
 * application's: the page is saved from wherever one is.
 */
function ownKeys(root) {
  if (root.hasAttribute(OWN_KEYS)) return;
  root.setAttribute(OWN_KEYS, "true");
  globalThis.Jupyter?.keyboard_manager?.register_events?.(root);
  const saving = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    const { target } = event;
    for (const element of [root, target]) {
      element.removeAttribute(OWN_KEYS); // the application listens after this and before the next task
      setTimeout(() => element.setAttribute(OWN_KEYS, "true"));
    }
  };
  root.addEventListener("focusin", ({ target }) => {
    target.setAttribute(OWN_KEYS, "true");
    addEventListener("keydown", saving, true);
  });
  root.addEventListener("focusout", () => removeEventListener("keydown", saving, true));
}

/** Returns the colours that fit the page now, and gives them to the style sheet as variables; keys typed there stay there. */
function dress(model, root) {
  ownKeys(root);
  const theme = model.get("theme");
  const dark = theme === "auto" ? darkPage(root.parentElement || root) : theme === "dark";
  const palette = model.get("colours");
  const colours = palette[dark ? "dark" : "light"];
  for (const [name, value] of Object.entries(colours)) root.style.setProperty(`--twin-${name}`, value);
  root.style.background = theme === "auto" ? "transparent" : colours.page;
  root.style.colorScheme = root.dataset.theme = dark ? "dark" : "light";
  return { ...palette, ...colours };
}

/** Calls `changed` whenever the page's theme may have changed; returns what ends it. */
function watchTheme(changed) {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", changed);
  };
}

/**
 * Paints a canvas at most once per frame, sharp on any screen, and again when its size changes.
 * `draw(g, width, height)` works in CSS pixels. `done` runs after each paint.
 */
function painter(canvas, draw, done = () => {}) {
  const g = canvas.getContext("2d");
  let asked = 0;
  function paint() {
    asked = 0;
    const width = canvas.clientWidth,
      height = canvas.clientHeight,
      ratio = window.devicePixelRatio || 1;
    if (!width || !height) return;
    const across = Math.round(width * ratio),
      down = Math.round(height * ratio);
    if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(g, width, height, ratio);
    done();
  }
  const ask = () => {
    asked = asked || requestAnimationFrame(paint);
  };
  const observer = new ResizeObserver(ask);
  observer.observe(canvas);
  return {
    ask,
    end: () => {
      observer.disconnect();
      cancelAnimationFrame(asked);
    },
  };
}

/** Counts the paints on the root element, and names the data that they show. */
function counter(model, root) {
  let painted = 0;
  return () => {
    root.dataset.painted = ++painted;
    root.dataset.version = model.get("version");
  };
}

const LETS_GO = Symbol.for("twinkit: boxes let go of what is still being made");

/** Changes a prototype once on a page, whichever part comes first: every part is a script of its own. */
function once(prototype, change) {
  if (Object.hasOwn(prototype, LETS_GO)) return;
  prototype[LETS_GO] = true;
  change(prototype);
}

/**
 * Lets a box be taken away while the views of its children are still being made. The widget manager (ipywidgets 8.1) would
 * put them into the box that is gone, and send messages to them, and log an error for each: now they go with their box.
 */
async function letBoxesGo(manager) {
  const Box = await manager?.loadClass?.("BoxView", "@jupyter-widgets/controls", "2.0.0")?.catch(() => null);
  if (!Box) return;
  const hearsNothing = (prototype) => {
    const hear = prototype.processMessage;
    prototype.processMessage = function (message) {
      if (this._view) hear.call(this, message);
    };
  };
  once(Box.prototype, (box) => {
    const create = box.create_child_view;
    box.create_child_view = async function (...asked) {
      const view = await create.apply(this, asked);
      if (!view.luminoWidget) return view; // its layout
      for (const widget of [this.luminoWidget, view.luminoWidget]) {
        const prototype = Object.getPrototypeOf(widget);
        if (Object.hasOwn(prototype, "processMessage") && "_view" in widget) once(prototype, hearsNothing);
      }
      if (!this.luminoWidget.isDisposed) return view;
      view.remove();
      return new Promise(() => {}); // nobody waits for it: the box is gone
    };
  });
}

/** Listens to several traits; returns what ends it. */
function listen(model, table) {
  letBoxesGo(model.widget_manager);
  const pairs = Object.entries(table).flatMap(([names, call]) =>
    names.split(" ").map((name) => [`change:${name}`, call]),
  );
  for (const [event, call] of pairs) model.on(event, call);
  return () => {
    for (const [event, call] of pairs) model.off(event, call);
  };
}

/**
 * Paints and reads a part now, and again whenever what it shows changes; returns what lets go of it.
 *
 * `reads`: names of traits → what reads them, called once to begin with; `ends`: what else ends with the part.
 */
function follow(model, root, reads, ...ends) {
  const paint = () => {
    dress(model, root);
    root.style.background = ""; // a part lies on its page
  };
  ends.push(watchTheme(paint), listen(model, { ...reads, "colours theme": paint }));
  for (const read of new Set([paint, ...Object.values(reads)])) read();
  return () => ends.forEach((end) => end());
}

/** Runs `call` once things have been quiet for `wait` milliseconds. */
function quietly(call, wait) {
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(call, wait);
  };
  later.end = () => clearTimeout(timer);
  return later;
}

/** Writes words with a halo in the colour of the page, so that they can be read on lines. */
function words(g, text, x, y, colour, halo) {
  g.lineJoin = "round";
  g.lineWidth = 3.5;
  g.strokeStyle = halo;
  g.strokeText(text, x, y);
  g.fillStyle = colour;
  g.fillText(text, x, y);
}

/** Makes an entry of a legend; `draw(g)` draws its sign on 28 by 16 pixels. */
function legendItem(text, draw, title = null) {
  const icon = make("canvas", { class: "twin-swatch", width: 56, height: 32, "aria-hidden": true });
  const g = icon.getContext("2d");
  g.scale(2, 2);
  draw(g);
  return make("span", { class: "twin-item", title }, icon, text);
}

/** Puts a tip beside a point of the stage and keeps it inside. */
function moveTip(tip, stage, x, y, away) {
  tip.hidden = false;
  const right = x + away + tip.offsetWidth < stage.clientWidth;
  const left = right ? x + away : Math.max(4, x - away - tip.offsetWidth);
  const top = limit(y - tip.offsetHeight / 2, 4, Math.max(4, stage.clientHeight - tip.offsetHeight - 4));
  tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}
