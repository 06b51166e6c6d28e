// Runs axe on a part of the page, once its texts are as they will be.
const [part, done] = arguments;
const settled = document.fonts.ready.then(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
settled.then(() => axe.run(part, { resultTypes: ['violations'] })).then(
    ({ violations }) => done(
        violations.flatMap(({ id: rule, impact, nodes }) => nodes.map(({ any, all, none, html: element }) => {
            const why = [...any, ...all, ...none].map(({ message }) => message).join('; ');
            return { rule, impact, element: element.slice(0, 120), why };
        }))),
    (error) => done([{ rule: 'axe fails', impact: 'critical', element: '', why: String(error) }]));
