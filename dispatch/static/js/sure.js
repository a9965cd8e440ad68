/* Asks twice: the first press turns a button into its question, the second says yes. */
export function isSure(button) {
  if (button.dataset.asked) return true;
  button.dataset.asked = "1";
  button.textContent = button.dataset.question;
  button.classList.add("button-danger-fill");
  return false;
}
