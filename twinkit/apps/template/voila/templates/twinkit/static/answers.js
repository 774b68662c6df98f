// Last answers on the landing page: what this browser was told about this case (head.js keeps it); nobody else's, the server knows nothing of it.
(() => {
  const KEY = "twinkit answers", MOST = 6;
  const place = document.getElementById("twinkit-answers"), { case: title, tables, base } = place.dataset;
  const read = () => {
    try {
      const found = JSON.parse(localStorage.getItem(KEY) || "[]");
      return Array.isArray(found) ? found.filter((x) => typeof x?.link === "string") : [];
    } catch {
      return [];
    }
  };
  const here = (x) => x.case === title && x.link.startsWith(base) && !x.link.startsWith("//");
  const show = () => {
    const mine = read().filter(here).slice(0, MOST);
    place.hidden = !mine.length;
    place.querySelector("ul").replaceChildren(...mine.map((x) => {
      const line = document.createElement("li"), link = document.createElement("a"), said = document.createElement("p"), when = document.createElement("p");
      Object.assign(link, { href: x.link, textContent: x.asked });
      said.textContent = x.said;
      const date = new Date(x.when).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
      when.textContent = x.tables === tables ? date : `${date}; of other tables than today's: asked again, the answer may differ`;
      when.className = "twinkit-for";
      line.append(link, said, when);
      return line;
    }));
  };
  place.querySelector("button").addEventListener("click", () => {
    localStorage.setItem(KEY, JSON.stringify(read().filter((x) => !here(x))));
    show();
    document.querySelector("h1").scrollIntoView();
  });
  addEventListener("pageshow", show); // back from a page, too, where the browser kept this one
})();
