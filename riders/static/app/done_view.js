/* What is done in this run, the latest first, each with a way to say that it was not so. */

import { timeOfDay } from "./clock.js";
import { clone, fill, put } from "./render.js";
import { kindOf } from "./run_model.js";
import { word } from "./words.js";

export function renderDone(root, { done }) {
  root.parentElement.hidden = done.length === 0;
  put(root, done.map((task) => {
    const kind = kindOf({ tasks: [task] });
    const is_failed = task.state === "failed";
    const row = clone("t-done");
    row.querySelector("button").dataset.phoneTaskParam = task.id;
    return fill(row, {
      title: task.address || word("pin_only"),
      note: [word(is_failed ? "was_failed" : `done_${kind}`), timeOfDay(task.ended_at), task.order_number].join(" · "),
    });
  }));
}
