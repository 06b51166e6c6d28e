// Scrolls to an element, and on, as long as something is in front of it: mdBook's bar may stand in the
// middle of the page after a jump, until the next scrolling.
const [element, done] = arguments;
element.scrollIntoView({ block: 'center', behavior: 'instant' });
let still = 0;
(function wait() {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const front = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    still = element.contains(front) ? still + 1 : 0;
    if (still > 3) {
        done();
        return;
    }
    if (still === 0) {
        window.scrollBy({ top: -1, behavior: 'instant' });
    }
    requestAnimationFrame(wait);
})();
