// Fields for numbers, all that a page has: a decimal comma is a decimal point, and the wheel changes nothing.
// A browser set to English drops a typed comma, so 7,5 would become 75 without a word.

if (!document.twinkitNumberFields) {
  document.twinkitNumberFields = true;
  const numberField = (event) => (event.target instanceof HTMLInputElement && event.target.type === "number" ? event.target : null);
  const insert = (event, text) => {
    event.preventDefault();
    document.execCommand("insertText", false, text);
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "," && !event.ctrlKey && !event.metaKey && numberField(event)) insert(event, ".");
  }, true);
  document.addEventListener("beforeinput", (event) => {
    if (event.inputType === "insertText" && event.data === "," && numberField(event)) insert(event, "."); // keys of a phone
  }, true);
  document.addEventListener("paste", (event) => {
    const text = (event.clipboardData?.getData("text") || "").trim();
    if (numberField(event) && /^[+-]?\d*,\d+$/.test(text)) insert(event, text.replace(",", "."));
  }, true);
  document.addEventListener("wheel", (event) => {
    if (numberField(event) && document.activeElement === event.target) event.target.blur(); // the page goes on scrolling
  }, { capture: true, passive: true });
}
