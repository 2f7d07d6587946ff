/** A form with changes asks before it is left unsaved. */
const typed = (form) => JSON.stringify([...new FormData(form)].filter(([, value]) => typeof value === "string"));

export default function confirmLeave(form) {
  const atFirst = typed(form);
  let saving = false;
  form.addEventListener("submit", () => { saving = true; });
  addEventListener("pageshow", () => { saving = false; });
  addEventListener("beforeunload", (event) => {
    if (!saving && form.isConnected && typed(form) !== atFirst) event.preventDefault();
  });
}
