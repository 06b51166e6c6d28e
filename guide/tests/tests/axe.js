// Runs axe on the page's text. What is around it is mdBook's.
const done = arguments[arguments.length - 1];
const settled = document.fonts.ready.then(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
settled.then(() => axe.run('main', { resultTypes: ['violations'] })).then(
    ({ violations }) => done(
        violations
            .filter(({ id, impact }) => id === 'color-contrast' || ['serious', 'critical'].includes(impact))
            .flatMap(({ id, nodes }) => nodes.map(({ any, html }) => {
                const why = any.map(({ message }) => message).join('; ');
                return `${id}: ${html.slice(0, 120)}: ${why}`;
            }))),
    (error) => done([`axe fails: ${error}`]));
