// One attempt at a program: which steps were made, and where that led.
(function (interleave) {
    'use strict';

    interleave.Game = class Game {
        /** A `recorded` interleaving is shown from its beginning, and has nothing to choose. */
        constructor(graph, recorded = false) {
            this.graph = graph;
            this.recorded = recorded;
            this.restart();
        }

        restart() {
            /** The steps of this attempt, those that were undone included. */
            this.way = [];
            /** How many of them are made. */
            this.made = 0;
            /** Whether the way was shown and not chosen. */
            this.shown = false;
            if (this.recorded) {
                this.show();
            }
        }

        /** The state now, or after the first `made` steps. */
        at(made = this.made) {
            return made === 0 ? 0 : this.way[made - 1].to;
        }

        get last() {
            return this.made === 0 ? null : this.way[this.made - 1];
        }

        get history() {
            return this.way.slice(0, this.made);
        }

        get outcome() {
            return this.graph.outcome(this.at());
        }

        get isBroken() {
            return this.graph.isFailure(this.at());
        }

        /** Whether the reader has broken the program, without having been shown how. */
        get isSolved() {
            return this.isBroken && !this.shown;
        }

        /** Makes a thread's next step; `false` if it cannot make one. */
        choose(thread) {
            const edge = this.graph.edge(this.at(), thread);
            if (!edge) {
                return false;
            }
            if (this.way[this.made] !== edge) {
                this.way.length = this.made;
                this.way.push(edge);
                this.shown = false;
            }
            this.made += 1;
            return true;
        }

        undo() {
            return this.move(-1);
        }

        /** Makes the step again that was undone, or the next step that is shown. */
        redo() {
            return this.move(1);
        }

        move(steps) {
            const made = this.made + steps;
            if (made < 0 || made > this.way.length) {
                return false;
            }
            this.made = made;
            return true;
        }

        /** Puts the simplest failing interleaving before the reader, at its beginning. */
        show() {
            const way = this.graph.simplest();
            if (!way) {
                return false;
            }
            this.way = way;
            this.made = 0;
            this.shown = true;
            return true;
        }
    };

    /** What a step of a game did and what follows, as sentences for a screen reader. */
    interleave.describe = function describe(game) {
        const { graph, last } = game;
        if (!last) {
            return 'At the start. No step is made.';
        }
        return `${graph.names[last.thread]} ${graph.step(last).words}. ${interleave.verdict(game).text}`;
    };

    /** What can be said of the state: `kind`, a heading `title`, and a `text`. */
    interleave.verdict = function verdict(game) {
        const { graph, outcome } = game;
        const at = game.at();
        const threads = graph.names.map((name, thread) => ({ name, ...graph.thread(at, thread) }));
        switch (outcome?.kind) {
        case 'failed':
            return {
                kind: 'broken',
                title: 'Broken.',
                text: `${graph.names[outcome.thread]} panics: ${brief(outcome.message)}.`,
            };
        case 'deadlock': {
            const waiting = threads.filter((thread) => thread.status === 'waiting');
            if (game.recorded) {
                return { kind: 'broken', title: 'Broken:', text: `${outcome.message}.` };
            }
            const reasons = waiting.map((thread) => `${thread.name} ${thread.words}`).join('; ');
            return { kind: 'broken', title: 'Broken.', text: `Nobody can go on: ${reasons}.` };
        }
        case 'passed':
            return {
                kind: 'passed',
                title: 'This one went well.',
                text: 'All threads have ended, and no check failed.',
            };
        case 'endless':
            return { kind: 'passed', title: 'This goes on and on.', text: 'It is not followed further.' };
        default: {
            if (game.recorded) {
                const next = graph.names[graph.edges(at)[0].thread];
                return { kind: 'running', title: '', text: `${next} goes on.` };
            }
            const ready = threads.filter((thread) => thread.status === 'ready');
            const names = ready.map((thread) => thread.name);
            const text = names.length === 1 ? `Only ${names[0]} can go on.` : `${list(names)} can go on.`;
            return { kind: 'running', title: '', text };
        }
        }
    };

    /** What the author of an assertion wrote, without the values that Rust adds below it. */
    function brief(message) {
        return message.split('\n')[0].replace(/^assertion `.*` failed: /, '');
    }

    function list(names) {
        return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
    }

    /** How many interleavings there are and how many fail, in words. */
    interleave.countsInWords = function countsInWords({ all, failing }) {
        const interleavings = all === 1n ? '1 interleaving' : `${grouped(all)} interleavings`;
        if (failing === 0n) {
            return `${interleavings}, and none fails`;
        }
        if (failing === all) {
            return all === 1n ? '1 interleaving, and it fails' : `${interleavings}, and all of them fail`;
        }
        return `${interleavings}, and ${grouped(failing)} of them ${failing === 1n ? 'fails' : 'fail'}`;
    };

    function grouped(count) {
        return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
    }
})(globalThis.interleave ??= {});
