// Elements that reach beyond the window, and are not inside of something that scrolls. mdBook moves
// the page aside for its sidebar; what moves is taken to its end.
document.getAnimations()
    .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
    .forEach((animation) => animation.finish());
const room = document.documentElement.clientWidth;
const content = document.querySelector(arguments[0]);

function scrolls(element) {
    return getComputedStyle(element).overflowX !== 'visible';
}

function isInScroller(element) {
    for (let at = element.parentElement; at && at !== content; at = at.parentElement) {
        if (scrolls(at)) return true;
    }
    return false;
}

const wide = [...content.querySelectorAll('*')].filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    // What only screen readers see is one pixel wide.
    return width > 1 && (right > room + 1 || left < -1) && !isInScroller(element);
});
if (wide.length === 0 && content.scrollWidth > content.clientWidth) {
    wide.push(content);
}
return wide.map((element) => element.outerHTML.slice(0, 120));
