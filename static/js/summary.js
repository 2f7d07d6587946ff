/** A form that came back with its errors: Back leads to it, not to the browser's question whether to send it once more. */
export default function summary() {
  const [before] = document.referrer.split(/[?#]/);
  if (before === location.origin + location.pathname) history.replaceState(history.state, "", location.href);
}
