/** "3 h" that stays true while a page lies open. What is older than a year is a date, and stays one. */
const STEPS = [[3600, 60, "min"], [86400, 3600, "h"], [604800, 86400, "d"], [31536000, 604800, "w"]];
const RELATIVE = /^(now|\d+ (min|h|d|w))$/;

function ago(seconds) {
  if (seconds < 60) return "now";
  const step = STEPS.find(([below]) => seconds < below);
  return step && `${Math.floor(seconds / step[1])} ${step[2]}`;
}

export default function times(element) {
  setInterval(() => {
    if (document.hidden) return;
    for (const time of element.querySelectorAll("time[datetime]")) {
      const said = ago((Date.now() - Date.parse(time.dateTime)) / 1000);
      if (said && said !== time.textContent && RELATIVE.test(time.textContent)) time.textContent = said;
    }
  }, 30_000);
}
