// An open card leaves no hole beside it: the cards that follow close up to each other.

import { all } from "./page.js";

const unit = 4; // px: the height of a row of .lk-packed in latchkey.css
const sheet = new CSSStyleSheet(); // what policies say of style attributes is not about it

/** Packs the cards, now and whenever one is opened, closed, or becomes higher. */
export function enablePacking() {
  document.adoptedStyleSheets.push(sheet);
  const observer = new ResizeObserver(pack);
  for (const card of all("[data-provider]")) observer.observe(card);
}

function pack() {
  const rules = [];
  for (const group of all(".lk-group")) {
    const { gridTemplateColumns, columnGap } = getComputedStyle(group.parentElement);
    const isWide = gridTemplateColumns.split(" ").length > 1;
    const cards = all("[data-provider]", group);
    group.classList.toggle("lk-packed", isWide && cards.length > 1 && cards.some(({ open }) => open));
    for (const { id, offsetHeight } of cards) {
      rules.push(`#${id} { --lk-rows: ${Math.ceil((offsetHeight + parseFloat(columnGap)) / unit)} }`);
    }
  }
  sheet.replaceSync(rules.join("\n"));
}
