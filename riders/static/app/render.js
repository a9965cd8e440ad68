/* Filling templates: <template id="t-stop"><p data-f="address"></p></template>. A field without a value is hidden. */

export function clone(id) { return document.getElementById(id).content.firstElementChild.cloneNode(true); }

export function fill(root, values) {
  for (const [name, value] of Object.entries(values)) {
    for (const element of root.querySelectorAll(`[data-f="${name}"]`)) {
      element.hidden = value === null || value === undefined || value === "";
      if (!element.hidden && element.textContent !== String(value)) element.textContent = value;
    }
  }
  return root;
}

export function field(root, name) { return root.querySelector(`[data-f="${name}"]`); }

export function show(root, name, is_shown) {
  for (const element of root.querySelectorAll(`[data-f="${name}"]`)) element.hidden = !is_shown;
}

/* Replaces the children only if they would look different, so that focus and scrolling stay. */
export function put(parent, children) {
  const fresh = document.createElement("div");
  fresh.append(...children);
  if (fresh.innerHTML !== parent.innerHTML) parent.replaceChildren(...fresh.childNodes);
}
