/* Copies text. <button data-controller="copy" data-copy-text-value="…" data-action="copy#copy"> */

import { Controller } from "/static/vendor/stimulus.js";
import { toast } from "/static/js/controllers/toast_controller.js";
import { text } from "/static/js/text.js";

export default class extends Controller {
  static values = { text: String };

  async copy() {
    try {
      await navigator.clipboard.writeText(this.textValue);
      toast(text("copied"));
    } catch {
      toast(text("copy_failed"), { tone: "danger" });
    }
  }
}
