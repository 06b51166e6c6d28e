// The page "Be the scheduler": levels, controls, keys and verdicts around the views. `just play` shows
// a learner's own answer with it: there, the game has the attribute `data-play`, and remembers nothing.
//
// For tests, these attributes stay as they are:
//   [data-scheduler]            the game, when it has started
//     data-level="lost-update"      the level that is open
//     data-program="broken|mended"  which of its programs
//     data-outcome="running|passed|broken"
//     data-steps="3"                how many steps are made
//     data-recorded                 it is one interleaving, with nothing to choose
//   button[data-level]          opens a level; data-solved is there if it is solved
//   button[data-thread="Ann"]   makes a step of this thread; data-status="ready|waiting|ended|…"
//   button[data-action]         undo, redo, restart, show, odds, broken, mended, next, forget
//   li[data-line="12"]          a line of the program
//   [data-object="tickets"]     an object; data-held is there if a thread holds it
//   [data-verdict], [data-counts], [data-live]   what the page says
(function (interleave) {
    'use strict';

    const { element, withCode, Graph, Game, Solved, ProgramView, ThreadsView, ObjectsView } = interleave;

    /** The time between two steps that are shown, in milliseconds. */
    const PACE = 1100;

    interleave.Page = class Page {
        constructor(root, levels, solved) {
            Object.assign(this, { root, levels, solved, odds: false, timer: null });
            this.tabs = levels.map((level, index) => this.tab(level, index));
            this.isPlay = 'play' in root.dataset;
            this.progress = element('p', { class: 'scheduler-progress' });
            this.progress.hidden = this.isPlay;
            this.stage = element('div', { class: 'scheduler-stage' });
            this.live = element('p', { class: 'scheduler-unseen', 'aria-live': 'polite', 'data-live': '' });
            root.replaceChildren(
                levels.length === 1 ? '' : element('nav', { class: 'scheduler-levels', 'aria-label': 'Levels' },
                    element('ol', {}, ...this.tabs.map((tab) => element('li', {}, tab)))),
                this.progress, this.stage, this.live);
            root.tabIndex = -1;
            root.dataset.scheduler = '';
            document.addEventListener('keydown', (event) => this.key(event), { capture: true });
            const first = levels.findIndex((level) => !solved.has(level.name));
            this.open(Math.max(first, 0), 'broken');
        }

        tab(level, index) {
            return element('button', {
                type: 'button',
                'data-level': level.name,
                onclick: () => this.open(index, 'broken'),
            }, element('span', { class: 'scheduler-sign', 'aria-hidden': 'true' }),
            element('span', {}, level.title), element('span', { class: 'scheduler-unseen' }));
        }

        button(action, label, key, onclick) {
            return element('button', { type: 'button', 'data-action': action, onclick, title: key && `Key: ${key}` }, label);
        }

        /** Opens a level's program, at its start. */
        open(index, program) {
            this.pause();
            const level = this.levels[index];
            Object.assign(this, { index, level, program });
            const graph = new Graph(level[program]);
            this.game = new Game(graph, level.recorded);
            this.threads = new ThreadsView(graph, (thread) => this.choose(thread));
            this.objects = new ObjectsView(graph);
            this.source = new ProgramView(graph, (thread) => this.threads.key(thread));
            this.verdict = element('div', { class: 'scheduler-verdict', 'data-verdict': '' });
            this.actions = {
                undo: this.button('undo', '← Undo', '← or u', () => this.act('undo')),
                redo: this.button('redo', 'Redo →', '→', () => this.act('redo')),
                restart: this.button('restart', level.recorded ? 'To the start' : 'Restart', 'r', () => this.act('restart')),
                show: this.button('show', 'Show me', 's', () => this.act('show')),
                odds: this.button('odds', 'Hint', 'h', () => this.act('odds')),
            };
            const programs = (level.mended ? ['broken', 'mended'] : []).map((which) => this.button(
                which, which === 'broken' ? 'with the mistake' : 'mended', null, () => this.open(this.index, which)));
            programs.forEach((button) => {
                button.setAttribute('aria-pressed', String(button.dataset.action === program));
            });
            const goal = program === 'broken' ? level.goal : 'Here the mistake is mended. Try to break it all the same.';
            this.counts = element('p', { class: 'scheduler-counts', 'data-counts': '' });
            this.stage.replaceChildren(
                element('header', { class: 'scheduler-head' },
                    element('div', {},
                        element('h2', {}, level.title),
                        element('p', { class: 'scheduler-goal' }, ...withCode(goal))),
                    element('div', { class: 'scheduler-facts' },
                        programs.length === 0 ? '' : element('div', { class: 'scheduler-programs', role: 'group', 'aria-label': 'Program' }, ...programs),
                        this.counts)),
                element('div', { class: 'scheduler-board' },
                    this.source.root,
                    element('div', { class: 'scheduler-side' },
                        this.threads.root,
                        element('div', { class: 'scheduler-turn' },
                            element('div', { class: 'scheduler-actions', role: 'group', 'aria-label': 'Steps' },
                                ...Object.values(this.actions)),
                            this.verdict),
                        this.objects.root,
                        this.threads.history)));
            this.show();
        }

        choose(thread) {
            this.pause();
            if (this.game.choose(thread)) {
                this.show();
                this.say();
            } else {
                const { words } = this.game.graph.thread(this.game.at(), thread);
                const why = this.game.graph.isLeftOut(this.game.at(), thread) ? 'that is left out' : `it ${words}`;
                this.live.textContent = `${this.game.graph.names[thread]} cannot go on: ${why}.`;
            }
        }

        act(action) {
            const wasPlaying = this.timer !== null;
            this.pause();
            switch (action) {
            case 'show':
                if (!wasPlaying) {
                    this.play();
                }
                break;
            case 'odds':
                this.odds = !this.odds;
                break;
            default:
                this.game[action]();
            }
            this.show();
            this.say();
        }

        /** Plays the simplest failing interleaving, or goes on with it. */
        play() {
            const goesOn = this.game.shown && this.game.made < this.game.way.length;
            if (!goesOn) {
                this.game.show();
            }
            if (!window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
                this.timer = window.setInterval(() => this.playStep(), PACE);
            } else if (goesOn) {
                this.game.redo();
            }
        }

        playStep() {
            this.game.redo();
            if (this.game.made === this.game.way.length) {
                this.pause();
            }
            this.show();
            this.say();
        }

        pause() {
            window.clearInterval(this.timer);
            this.timer = null;
        }

        say() {
            this.live.textContent = interleave.describe(this.game);
        }

        show() {
            const { game, actions, program } = this;
            const { graph } = game;
            if (program === 'broken' && game.isSolved) {
                this.solved.add(this.level.name);
            }
            this.root.dataset.level = this.level.name;
            this.root.dataset.program = program;
            this.root.dataset.outcome = interleave.verdict(game).kind;
            this.root.dataset.steps = game.made;
            this.root.toggleAttribute('data-recorded', Boolean(this.level.recorded));
            this.source.show(game);
            this.threads.show(game, this.odds);
            this.objects.show(game);
            const all = graph.count(0);
            this.counts.textContent = all ? interleave.countsInWords(all) : graph.data.left_out;
            const hasNext = game.made < game.way.length;
            setDisabled(actions.undo, game.made === 0);
            setDisabled(actions.redo, !hasNext);
            setDisabled(actions.restart, game.recorded ? game.made === 0 : game.way.length === 0);
            actions.restart.toggleAttribute('data-wanted', graph.outcome(game.at()) !== null);
            actions.show.hidden = !graph.data.simplest;
            actions.show.textContent = this.timer !== null ? 'Pause' : game.shown && (hasNext || game.recorded) ? 'Play' : 'Show me';
            actions.redo.textContent = game.shown ? 'Next →' : 'Redo →';
            actions.undo.textContent = game.recorded ? '← Back' : '← Undo';
            actions.odds.setAttribute('aria-pressed', String(this.odds));
            actions.odds.hidden = graph.data.cut;
            this.showVerdict();
            this.showProgress();
        }

        showVerdict() {
            const { game, level, program } = this;
            const { kind, title, text } = interleave.verdict(game);
            const parts = [];
            if (kind === 'running') {
                const count = this.odds ? game.graph.count(game.at()) : null;
                const from = count ? ` From here: ${interleave.countsInWords(count)}.` : '';
                const shown = game.shown && !game.recorded ? 'This is the simplest interleaving that fails. ' : '';
                parts.push(element('p', {}, ...withCode(`${shown}${text}${from}`)));
            } else {
                const sign = kind === 'broken' ? '✗' : '✓';
                const who = game.isSolved ? 'You have broken it.' : title;
                parts.push(element('p', {},
                    element('strong', {}, `${sign} ${kind === 'broken' ? who : title}`), ' ', ...withCode(text)));
            }
            if (kind === 'broken' && program === 'broken') {
                parts.push(element('p', {}, ...withCode(level.lesson), ...this.link()));
                const next = this.levels.findIndex((other, index) => index > this.index && !this.solved.has(other.name));
                const buttons = [];
                if (game.shown) {
                    const label = game.recorded ? 'To the start' : 'Now you';
                    buttons.push(this.button('restart', label, 'r', () => this.act('restart')));
                } else if (next >= 0) {
                    buttons.push(this.button('next', `Next: ${this.levels[next].title}`, null, () => this.open(next, 'broken')));
                }
                if (level.mended) {
                    buttons.push(this.button('mended', 'Try the mended program', null, () => this.open(this.index, 'mended')));
                }
                parts.push(element('p', { class: 'scheduler-onwards' }, ...buttons));
            } else if (kind === 'passed' && !game.recorded) {
                const all = game.graph.count(0);
                const advice = program === 'broken' && all?.failing !== 0n
                    ? 'Undo some steps or restart, and let the threads run in another order.'
                    : 'However you choose, it will: you can go through them all.';
                parts.push(element('p', {}, advice));
            }
            this.verdict.dataset.kind = kind;
            this.verdict.replaceChildren(...parts);
        }

        link() {
            const { link } = this.level;
            return link ? [' More: ', element('a', { href: link.to }, link.text), '.'] : [];
        }

        showProgress() {
            const done = this.levels.filter((level) => this.solved.has(level.name)).length;
            this.tabs.forEach((tab, index) => {
                const isSolved = this.solved.has(this.levels[index].name);
                tab.toggleAttribute('data-solved', isSolved);
                tab.querySelector('.scheduler-sign').textContent = isSolved ? '✓' : String(index + 1);
                tab.lastChild.textContent = isSolved ? ' (solved)' : '';
                if (index === this.index) {
                    tab.setAttribute('aria-current', 'true');
                } else {
                    tab.removeAttribute('aria-current');
                }
            });
            this.progress.replaceChildren(`You have broken ${done} of ${this.levels.length}.`);
            if (done > 0) {
                this.progress.append(' ', this.button('forget', 'Forget that', null, () => {
                    this.solved.forget();
                    this.open(0, 'broken');
                }));
            }
        }

        /** Digits work on the whole page, the other keys while the focus is in the game. */
        key(event) {
            if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.('input, textarea, select')) {
                return;
            }
            const thread = this.threads.order[Number(event.key) - 1];
            const inside = this.root.contains(document.activeElement);
            const action = inside && {
                ArrowLeft: 'undo', b: 'undo', u: 'undo', ArrowRight: 'redo', r: 'restart', s: 'show', h: 'odds',
            }[event.key];
            if (thread === undefined && !action) {
                return;
            }
            // mdBook has these keys, too: arrows for the chapters, `s` for the search.
            event.preventDefault();
            event.stopPropagation();
            if (thread !== undefined) {
                this.choose(thread);
            } else if (!this.actions[action].hidden) {
                this.act(action);
            }
            if (!inside) {
                this.root.focus({ preventScroll: true });
            }
        }
    };

    /** The button stays where it is and keeps the focus, and does nothing. */
    function setDisabled(button, isDisabled) {
        button.setAttribute('aria-disabled', String(isDisabled));
    }

    interleave.start = function start() {
        const root = document.getElementById('scheduler');
        // The page to print shows the drawing.
        if (!root || /\/print(\.html)?$/.test(window.location.pathname)) {
            return;
        }
        const levels = Array.from(document.querySelectorAll('script[data-scheduler-level]'));
        const solved = new Solved(() => ('play' in root.dataset ? null : window.localStorage));
        interleave.page = new interleave.Page(root, levels.map((script) => JSON.parse(script.textContent)), solved);
    };

    if (globalThis.document) {
        interleave.start();
    }
})(globalThis.interleave ??= {});
