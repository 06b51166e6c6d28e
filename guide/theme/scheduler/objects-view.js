// What the program's locks, condition variables and atomics hold, and who waits for them.
(function (interleave) {
    'use strict';

    const { element } = interleave;

    interleave.ObjectsView = class ObjectsView {
        constructor(graph) {
            this.graph = graph;
            this.body = element('div', { class: 'scheduler-cards' });
            this.root = element('section', { class: 'scheduler-objects' },
                element('h3', {}, 'Shared objects'), this.body);
            this.root.hidden = graph.data.objects.length === 0;
        }

        show(game) {
            const before = game.made > 0 ? game.at(game.made - 1) : null;
            const cards = this.graph.data.objects.map((object, index) => {
                const state = this.graph.object(game.at(), index);
                return state && this.card(object, state, before === null ? null : this.graph.object(before, index));
            });
            this.body.replaceChildren(...cards.filter(Boolean));
        }

        card({ name, kind }, state, before) {
            const names = (threads) => threads.map((thread) => this.graph.names[thread]).join(', ');
            const rows = [];
            if (state.value !== null) {
                rows.push(...valueRows(state.value, before?.value ?? null));
            }
            if (kind === 'mutex' || kind === 'lock') {
                rows.push(row('held by', names(state.holders) || 'nobody', changed(state, before, 'holders')));
            }
            if (['mutex', 'lock', 'condition variable'].includes(kind)) {
                const label = kind === 'condition variable' ? 'queue' : 'waiting';
                rows.push(row(label, names(state.waiting) || 'nobody', changed(state, before, 'waiting')));
            }
            return element('div', {
                class: 'scheduler-object',
                'data-object': name,
                'data-held': state.holders.length > 0 ? '' : null,
            },
            element('p', { class: 'scheduler-object-name' },
                element('code', {}, name), ' ', element('small', {}, kind)),
            element('dl', {}, ...rows.flat()));
        }
    };

    /** A value, or its fields: `given_to Some("Ann"), queue empty`. */
    function valueRows(value, before) {
        const then = new Map(fields(before ?? '') ?? []);
        const parts = fields(value);
        if (!parts) {
            return [row('value', value, before !== null && before !== value)];
        }
        return parts.map(([name, text]) => row(name, text, then.has(name) && then.get(name) !== text));
    }

    function fields(value) {
        const parts = value.split(', ').map((part) => part.match(/^([a-z_]\w*) (.+)$/));
        return parts.every(Boolean) ? parts.map(([, name, text]) => [name, text]) : null;
    }

    function changed(state, before, field) {
        return Boolean(before) && String(state[field]) !== String(before[field]);
    }

    function row(name, text, isNew) {
        const value = isNew ? element('mark', {}, text) : text;
        return [element('dt', {}, name), element('dd', {}, value)];
    }

    interleave.fields = fields;
})(globalThis.interleave ??= {});
