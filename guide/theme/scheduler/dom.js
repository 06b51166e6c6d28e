// Makes elements.
(function (interleave) {
    'use strict';

    /** `element('button', { type: 'button', onclick }, 'Undo')`; attributes that are null are left out. */
    interleave.element = function element(name, attributes = {}, ...children) {
        const made = document.createElement(name);
        for (const [key, value] of Object.entries(attributes)) {
            if (value === null || value === undefined) {
                continue;
            }
            if (key.startsWith('on')) {
                made.addEventListener(key.slice(2), value);
            } else {
                made.setAttribute(key, value);
            }
        }
        made.append(...children.filter((child) => child !== null));
        return made;
    };

    /** Scrolls a box, and nothing around it, so that a child can be seen. */
    interleave.scrollInto = function scrollInto(box, child) {
        const [outer, inner] = [box.getBoundingClientRect(), child.getBoundingClientRect()];
        const margin = Math.min(60, outer.height / 4);
        if (inner.top < outer.top + margin) {
            box.scrollTop -= outer.top + margin - inner.top;
        } else if (inner.bottom > outer.bottom - margin) {
            box.scrollTop += inner.bottom - outer.bottom + margin;
        }
    };

    /** A text in which `code` stands between backticks. */
    interleave.withCode = function withCode(text) {
        const parts = text.split('`');
        return parts.map((part, at) => (at % 2 ? interleave.element('code', {}, part) : part));
    };
})(globalThis.interleave ??= {});
