// Saves what Python sends as a file, and nothing of it is run.

/** Offers bytes (or text) to the browser as a file to be saved. */
function saveAs(name, mime, content) {
  const address = URL.createObjectURL(new Blob([content], { type: mime }));
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Saves every file that Python delivers: a message of {file, mime} with the bytes beside it. */
function takeDeliveries(model, after = () => {}) {
  const taken = (message, buffers) => {
    if (!message || !message.file) return;
    const bytes = buffers[0];
    saveAs(message.file, message.mime, bytes.buffer ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes);
    after(message);
  };
  model.on("msg:custom", taken);
  return () => model.off("msg:custom", taken);
}
