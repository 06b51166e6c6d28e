// A column per thread: the button for its next step, or why it waits; and the steps so far.
(function (interleave) {
    'use strict';

    const { element } = interleave;

    interleave.ThreadsView = class ThreadsView {
        /** `choose` is called with the thread that the reader picks. */
        constructor(graph, choose) {
            this.graph = graph;
            this.order = graph.order();
            this.cards = new Map(this.order.map((thread) => [thread, this.card(thread, choose)]));
            this.buttons = element('div', { class: 'scheduler-threads' }, ...this.cards.values());
            this.steps = element('ol', { class: 'scheduler-history', tabindex: '0', 'aria-label': 'Steps so far' });
            this.none = element('p', { class: 'scheduler-none' }, 'None yet.');
            this.root = element('section', {}, element('h3', {}, 'Who runs next?'), this.buttons);
            this.history = element('section', { class: 'scheduler-past' }, element('h3', {}, 'Steps so far'), this.none, this.steps);
            for (const section of [this.root, this.history]) {
                section.style.setProperty('--lanes', this.order.length);
            }
        }

        /** The digit that picks a thread. */
        key(thread) {
            return this.order.indexOf(thread) + 1;
        }

        card(thread, choose) {
            return element('button', {
                type: 'button',
                class: 'scheduler-thread',
                'data-thread': this.graph.names[thread],
                'data-lane': this.key(thread),
                onclick: () => choose(thread),
            },
            element('span', { class: 'scheduler-name' },
                element('kbd', { 'aria-hidden': 'true' }, String(this.key(thread))), this.graph.names[thread]),
            element('span', { class: 'scheduler-next' }),
            element('span', { class: 'scheduler-odds' }));
        }

        show(game, withOdds) {
            const at = game.at();
            for (const [thread, card] of this.cards) {
                const { status, words } = this.graph.thread(at, thread);
                const isLeftOut = this.graph.isLeftOut(at, thread);
                card.dataset.status = isLeftOut ? 'left-out' : status;
                // Not `disabled`: then the button would lose the focus, and could not be read out.
                card.setAttribute('aria-disabled', String(status !== 'ready' || isLeftOut));
                card.querySelector('.scheduler-next').textContent =
                    isLeftOut && !game.recorded ? `${words} (left out)` : words;
                const edge = this.graph.edge(at, thread);
                const count = edge && withOdds ? this.graph.count(edge.to) : null;
                card.querySelector('.scheduler-odds').textContent =
                    count ? `then ${count.failing} of ${count.all} fail` : '';
            }
            const rows = game.history.map((edge, index) => this.row(game, edge, index));
            this.steps.replaceChildren(...rows);
            this.steps.hidden = rows.length === 0;
            this.none.hidden = rows.length > 0;
            this.steps.scrollTop = this.steps.scrollHeight;
        }

        row(game, edge, index) {
            const { words, line } = this.graph.step(edge);
            const before = index > 0 ? game.way[index - 1].thread : edge.thread;
            const preempts = before !== edge.thread
                && this.graph.thread(game.at(index), before).status === 'ready';
            return element('li', {
                'data-lane': this.key(edge.thread),
                class: index + 1 === game.made ? 'is-last' : null,
                style: `--lane: ${this.key(edge.thread)}; --row: ${index + 1}`,
            },
            element('span', { class: 'scheduler-who' }, `${this.graph.names[edge.thread]} `),
            element('span', { class: 'scheduler-words' }, words), ' ',
            line === null ? null : element('span', { class: 'scheduler-line' }, `line ${line}`),
            preempts ? element('span', { class: 'scheduler-preempts' }, `${this.graph.names[before]} is preempted`) : null);
        }
    };
})(globalThis.interleave ??= {});
