// The program, with a mark at the line of each thread's next step.
(function (interleave) {
    'use strict';

    const { element, scrollInto } = interleave;

    interleave.ProgramView = class ProgramView {
        constructor(graph, key) {
            this.graph = graph;
            this.key = key;
            this.lines = graph.data.source.map((text, at) => this.line(text, at + 1));
            this.code = element('ol', { class: 'scheduler-lines', tabindex: '0', 'aria-label': 'Program' },
                ...this.lines.map((line) => line.row));
            this.root = element('section', { class: 'scheduler-program' },
                element('h3', {}, 'Program'), this.code);
            this.root.hidden = graph.data.steps.every((step) => step.line === null);
            this.root.style.setProperty('--marks', this.mostMarks());
        }

        /** How many threads are at one line at most: so much room the marks need. */
        mostMarks() {
            const { data } = this.graph;
            const most = data.nodes.map((_, at) => {
                const lines = this.graph.names.map((_name, thread) => this.graph.thread(at, thread).line);
                return Math.max(...lines.map((line) => (line === null ? 0 : lines.filter((other) => other === line).length)));
            });
            return Math.max(1, ...most);
        }

        line(text, number) {
            const marks = element('span', { class: 'scheduler-marks' });
            const code = element('code', {});
            code.innerHTML = highlighted(text);
            const row = element('li', { 'data-line': number },
                marks, element('span', { class: 'scheduler-number', 'aria-hidden': 'true' }, String(number)), code);
            return { row, marks };
        }

        show(game) {
            const at = game.at();
            const done = game.last ? this.graph.step(game.last).line : null;
            this.lines.forEach(({ row, marks }, index) => {
                marks.replaceChildren();
                row.classList.remove('is-next');
                row.classList.toggle('is-done', index + 1 === done);
            });
            this.graph.order().forEach((thread) => {
                const { status, line } = this.graph.thread(at, thread);
                if (line === null) {
                    return;
                }
                const { row, marks } = this.lines[line - 1];
                row.classList.toggle('is-next', status === 'ready' || row.classList.contains('is-next'));
                marks.append(this.mark(thread, status));
            });
            const shown = game.last ? this.graph.thread(at, game.last.thread).line ?? done : null;
            if (shown) {
                scrollInto(this.code, this.lines[shown - 1].row);
            } else {
                const first = this.lines.find(({ row }) => row.classList.contains('is-next'));
                if (first) {
                    scrollInto(this.code, first.row);
                }
            }
        }

        mark(thread, status) {
            const name = this.graph.names[thread];
            const says = { ready: 'is here', waiting: 'waits here', panicked: 'panicked here' }[status];
            return element('span', {
                class: `scheduler-mark is-${status}`,
                'data-lane': this.graph.order().indexOf(thread) + 1,
                title: `${name} ${says}`,
            }, element('span', { class: 'scheduler-unseen' }, `${name} ${says}: `),
            element('span', { 'aria-hidden': 'true' }, String(this.key(thread))));
        }
    };

    /** The line as HTML, coloured as mdBook colours listings. */
    function highlighted(text) {
        const plain = document.createElement('i');
        plain.textContent = text || ' ';
        try {
            return globalThis.hljs.highlight('rust', text || ' ').value;
        } catch {
            return plain.innerHTML;
        }
    }
})(globalThis.interleave ??= {});
