/* Decisions in plain words: why this stop is mine, why others went elsewhere, and one tap to ask a person. */

import { timeOfDay } from "./clock.js";
import { clone, field, fill, put } from "./render.js";
import { signedMinutes, word } from "./words.js";

/* reasons: [{decision_id, headline, lines: [{text, seconds}], basis, order_number?, at?}] */
export function showReasons(dialog, title, reasons) {
  fill(dialog, { title });
  put(field(dialog, "reasons"), reasons.length > 0 ? reasons.map(reasonOf) : [emptyOf()]);
  dialog.showModal();
}

/* Why each order of a stop is mine: one answer for each that there is a record of; throws if there is none of any. */
export async function whyEach(tasks, ask) {
  const orders = [...new Map(tasks.map((task) => [task.order_id, task])).values()];
  const answers = await Promise.allSettled(orders.map(({ id }) => ask(id)));
  const reasons = answers.flatMap(({ value }, index) => (value ? [orders.length > 1 ? { ...value, order_number: orders[index].order_number } : value] : []));
  if (reasons.length === 0) throw answers[0].reason;
  return reasons;
}

function reasonOf(reason) {
  const section = clone("t-reason");
  section.querySelector("button").dataset.decision = reason.decision_id;
  const about = [reason.order_number, reason.at && timeOfDay(reason.at)].filter(Boolean).join(", ");
  fill(section, { headline: about ? `${about}: ${reason.headline}` : reason.headline, basis: reason.basis });
  put(field(section, "parts"), reason.lines.map((line) => fill(clone("t-part"), { text: line.text, seconds: line.seconds === null ? "" : signedMinutes(line.seconds) })));
  return section;
}

function emptyOf() {
  const words = document.createElement("p");
  words.textContent = word("no_reasons");
  return words;
}
