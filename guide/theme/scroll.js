// What scrolls sideways can be scrolled with the keyboard: it takes part in the tab order while it
// is wider than its room. Some browsers do this by themselves.
(function () {
    'use strict';

    const boxes = document.querySelectorAll('main :is(pre > code, .table-wrapper, figure.schedule)');

    function update() {
        for (const box of boxes) {
            if (box.scrollWidth > box.clientWidth) {
                box.tabIndex = 0;
            } else {
                box.removeAttribute('tabindex');
            }
        }
    }

    // When the window changes, and when something is unfolded.
    const observer = new ResizeObserver(update);
    boxes.forEach((box) => observer.observe(box));
    // A font that is loaded late changes what is in a box, and not the box.
    document.fonts.ready.then(update);
})();
