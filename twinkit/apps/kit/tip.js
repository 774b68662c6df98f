// What a word means, on hover, focus and touch. The tip floats above everything, so nothing cuts it off.

/**
 * Gives a button a tip; returns the tip, which has to be put beside the button in the page.
 * It opens while the pointer or the focus is on the button, and Escape closes it.
 */
function tipOf(button, text) {
  const tip = make("span", { class: "twk-tip", role: "tooltip", id: unique("tip"), popover: "manual", text });
  button.setAttribute("aria-describedby", tip.id);
  const open = () => {
    if (!tip.textContent || !tip.isConnected || tip.matches(":popover-open")) return;
    tip.showPopover();
    placeTip(tip, button.getBoundingClientRect());
  };
  const close = () => tip.isConnected && tip.matches(":popover-open") && tip.hidePopover();
  button.addEventListener("pointerenter", open);
  button.addEventListener("focus", open);
  button.addEventListener("click", open);
  button.addEventListener("pointerleave", () => document.activeElement !== button && close());
  button.addEventListener("blur", close);
  button.addEventListener("keydown", (event) => event.key === "Escape" && close());
  return tip;
}

/** Below the button if there is room, else above it; never outside the window. */
function placeTip(tip, at) {
  const { offsetWidth: wide, offsetHeight: high } = tip;
  const below = at.bottom + 6 + high <= innerHeight;
  tip.style.left = `${limit(at.left, 8, Math.max(8, innerWidth - wide - 8))}px`;
  tip.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - high - 6)}px`;
}
