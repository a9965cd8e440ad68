/* Asks before a form is sent. <form data-controller="confirm" data-action="submit->confirm#ask"
     data-confirm-question-value="Cancel this order?" data-confirm-label-value="Cancel order"> */

import { Controller } from "/static/vendor/stimulus.js";
import { text } from "/static/js/text.js";

export default class extends Controller {
  static values = { question: String, label: String };

  ask(event) {
    if (this.confirmed) return;
    event.preventDefault();
    const submitter = event.submitter;
    const dialog = this.build();
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue !== "yes") return;
      this.confirmed = true;
      this.element.requestSubmit(submitter);
      this.confirmed = false;
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  build() {
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    const form = document.createElement("form");
    form.method = "dialog";
    const body = document.createElement("div");
    body.className = "dialog-body";
    const question = document.createElement("h2");
    question.id = "confirm-question";
    question.textContent = this.questionValue;
    body.append(question);
    const actions = document.createElement("div");
    actions.className = "dialog-actions";
    actions.append(choice("no", text("cancel"), "button"), choice("yes", this.labelValue, "button button-danger-fill"));
    form.append(body, actions);
    dialog.setAttribute("aria-labelledby", question.id);
    dialog.append(form);
    return dialog;
  }
}

function choice(value, label, class_name) {
  const button = document.createElement("button");
  button.type = "submit";
  button.value = value;
  button.className = class_name;
  button.textContent = label;
  return button;
}
