/* Several parcels for one door: which of them the trouble is about. All of them, until the rider takes some out. */

import { clone, field, fill, show } from "./render.js";

export function offerParcels(dialog, { tasks }) {
  show(dialog, "which", tasks.length > 1);
  const parcels = field(dialog, "parcels");
  parcels.replaceChildren(...tasks.map((task) => {
    const row = fill(clone("t-parcel"), { number: task.order_number, name: task.contact_name });
    row.querySelector("input").value = task.id;
    return row;
  }));
  parcels.onchange = () => enable(dialog, chosen(dialog).size > 0);
  enable(dialog, true);
}

/* The stop with these parcels alone; with none if it is another stop by now. */
export function troubled(dialog, stop) {
  const ids = chosen(dialog);
  return { ...stop, tasks: (stop?.tasks ?? []).filter(({ id }) => ids.has(id)) };
}

/* Under which a stop's half-made proofs are kept: if parcels are left somewhere, with where and which. */
export function draftKey({ id, tasks }, left) { return left ? [id, left, ...tasks.map((task) => task.id)].join(":") : id; }

/* The way back: {stop, left}, or null if `stop` is another one. */
export function ofDraft(key, stop) {
  const [id, left, ...ids] = key.split(":");
  if (stop?.id !== id) return null;
  return { left, stop: left ? { ...stop, tasks: stop.tasks.filter((task) => ids.includes(task.id)) } : stop };
}

function chosen(dialog) {
  return new Set([...dialog.querySelectorAll('[data-f="parcels"] input:checked')].map(({ value }) => value));
}

function enable(dialog, is_any) {
  for (const button of dialog.querySelectorAll("[data-phone-reason-param]")) button.disabled = !is_any;
}
