// Data that the page was written with: JSON in elements that are no scripts.

/** The bytes of a data block, or null if the page has no such block. */
async function readBytes(name) {
  const block = document.getElementById(`data-${name}`);
  if (block === null) return null;
  if (block.type === "application/json") return new Blob([block.textContent]);
  const packed = Uint8Array.from(atob(block.textContent), (character) => character.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(unpacked).blob();
}

/** The value of a data block, or null. */
async function readData(name) {
  const bytes = await readBytes(name);
  return bytes === null ? null : JSON.parse(await bytes.text());
}

/** Offer a file to the reader. */
function download(name, blob) {
  const address = URL.createObjectURL(blob);
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
