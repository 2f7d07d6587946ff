/** After sharing: the draft goes once its post was accepted, which leads to the feed; to the sign-in is not accepted. */
import { clear } from "./drafts.js";

const [arrival] = performance.getEntriesByType("navigation");
const signedIn = document.querySelector('meta[name="viewer"]')?.content;
sessionStorage.removeItem("posting");
if (location.pathname === "/" && signedIn && arrival?.redirectCount === 1) clear().catch(() => {});
