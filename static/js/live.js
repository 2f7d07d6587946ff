/** The page's stream of events: a first connection that failed is tried again, one that was signed out shows it. */
const BEGIN = 2_000; // what the page itself needs comes first
const AGAIN = 10_000;

export default function live(element) {
  // Begun here, not by an attribute of the page: htmx looks the page over before its extension has come, if that is late.
  setTimeout(() => {
    element.setAttribute("hx-sse:connect", element.dataset.stream);
    self.htmx.process(element);
  }, BEGIN);
  // htmx sees to a stream that breaks off, but not to one that never began. Nobody has to be told of either.
  const again = (event) => {
    event.stopPropagation();
    setTimeout(() => element.dispatchEvent(new Event("connect")), AGAIN);
  };
  element.addEventListener("htmx:error", again);
  element.addEventListener("htmx:response:error", again);
  // Somebody ended this session, here or on another device: what the page shows is theirs no longer.
  element.addEventListener("signed-out", () => location.reload());
}
