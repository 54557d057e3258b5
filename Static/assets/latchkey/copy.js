// Copying, with and without the clipboard API, which plain http in a LAN does not have.

import { announce, text } from "./page.js";

/**
 * Copies a text, or the text that a promise brings: Safari wants the write to begin inside the click.
 * Says so on the button. False when the browser refused.
 */
export async function copy(source, button) {
  const copied = await write(source);
  if (copied) announce(text("token.copied"));
  if (copied && button) flash(button, text("token.copied"));
  return copied;
}

async function write(source) {
  try {
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blobOf(source) })]);
    return true;
  } catch {
    return copyByCommand(await source);
  }
}

async function blobOf(source) {
  return new Blob([await source], { type: "text/plain" });
}

function copyByCommand(value) {
  // Never straight from a password field: there the browser answers yes and copies nothing. So it is a text area out
  // of sight, and what counts is its "copy" event.
  const area = Object.assign(document.createElement("textarea"), { value, readOnly: true, className: "lk-unseen" });
  const focused = document.activeElement;
  let copied = false;
  area.addEventListener("copy", () => { copied = true; });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  focused?.focus();
  return copied;
}

/** Shows a word on the button for two seconds, in place of its visible text. */
function flash(button, word) {
  const node = [...button.childNodes].find((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
  if (!node || button.dataset.flashing) return;
  const before = node.data;
  button.dataset.flashing = "yes";
  node.data = word;
  setTimeout(() => {
    node.data = before;
    delete button.dataset.flashing;
  }, 2000);
}
