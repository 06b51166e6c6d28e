// The graph of all interleavings of a program, as the explorer's walker writes it: the fields are
// those of `Graph` in tests/schedule/src/graph.rs. States are numbers; the first is 0.
(function (interleave) {
    'use strict';

    interleave.Graph = class Graph {
        constructor(data) {
            this.data = data;
            this.names = data.threads.map((thread) => thread.name);
            this.counts = new Map();
        }

        /** The steps that can come next. */
        edges(at) {
            return this.data.nodes[at].edges ?? [];
        }

        edge(at, thread) {
            return this.edges(at).find((edge) => edge.thread === thread);
        }

        /** Whether a thread could go on, and the graph does not say where to. */
        isLeftOut(at, thread) {
            return this.thread(at, thread).status === 'ready' && this.outcome(at) === null && !this.edge(at, thread);
        }

        /** Where a thread is: `status`, `words`, `line` and `objects`. */
        thread(at, thread) {
            return this.data.threads[thread].states[this.data.nodes[at].threads[thread]];
        }

        /** What is known of an object; `null` if it does not exist yet. */
        object(at, object) {
            const state = this.data.nodes[at].objects[object];
            return state === null ? null : this.data.objects[object].states[state];
        }

        /** A step that was made: `words`, `line` and `objects`. */
        step(edge) {
            return this.data.steps[edge.step];
        }

        /** How it ended here: `kind`, `message`, `thread`; `null` if it goes on. */
        outcome(at) {
            return this.data.nodes[at].outcome ?? null;
        }

        isFailure(at) {
            return ['failed', 'deadlock'].includes(this.outcome(at)?.kind);
        }

        /** How many interleavings go on from here and how many of them fail; `null` if unknown. */
        count(at) {
            if (this.data.cut) {
                return null;
            }
            if (!this.counts.has(at)) {
                const edges = this.edges(at);
                const count = { all: edges.length === 0 ? 1n : 0n, failing: 0n };
                if (edges.length === 0 && this.isFailure(at)) {
                    count.failing = 1n;
                }
                for (const edge of edges) {
                    const next = this.count(edge.to);
                    count.all += next.all;
                    count.failing += next.failing;
                }
                this.counts.set(at, count);
            }
            return this.counts.get(at);
        }

        /** The edges that these threads take, one after the other. */
        way(threads) {
            let at = 0;
            return threads.map((thread) => {
                const edge = this.edge(at, thread);
                at = edge.to;
                return edge;
            });
        }

        /** The simplest failing interleaving, as edges; `null` if none fails. */
        simplest() {
            return this.data.simplest ? this.way(this.data.simplest.choices) : null;
        }

        /** The threads in the order in which they are shown: first those that can go on at once. */
        order() {
            const ready = (thread) => Number(this.thread(0, thread).status === 'ready');
            return this.names.map((_, thread) => thread).sort((a, b) => ready(b) - ready(a) || a - b);
        }
    };
})(globalThis.interleave ??= {});
