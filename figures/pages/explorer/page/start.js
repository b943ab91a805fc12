// The first picture is drawn before the rest of the page has been read.

startHatches();
startTabs();
requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("first picture")));
