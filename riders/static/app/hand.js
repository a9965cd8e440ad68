/* For which hand the page is laid out: kept where the browser allows pages to keep anything. */

const KEY = "hand";
const LEFT = "left-handed";

export function layOutForHand() { document.body.classList.toggle(LEFT, kept() === "left"); }

export function changeHands() {
  const is_left = document.body.classList.toggle(LEFT);
  try {
    localStorage.setItem(KEY, is_left ? "left" : "right");
  } catch {
    // for this page alone, then
  }
}

function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
