// The parts of `theme/scheduler/` that need no page. Run by `just test-guide`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
['dom', 'graph', 'game', 'storage', 'program-view', 'threads-view', 'objects-view', 'page'].forEach((file) => {
    require(`../theme/scheduler/${file}.js`);
});
const { Game, Graph, Solved, countsInWords, describe, fields, verdict } = globalThis.interleave;

/** A level, as the page has it: from the fourth line of the snapshot on. */
function level(name) {
    const text = readFileSync(new URL(`../src/generated/graphs/${name}.snap`, import.meta.url), 'utf8');
    return JSON.parse(text.split('\n').slice(3).join('\n'));
}

const LEVELS = [
    'lost_update', 'check_then_act', 'deadlock', 'lost_wake_up', 'if_not_while', 'cancelled_waiter', 'wrong_sleeper',
].map(level);

/** A game in which these threads, by name, have made steps. */
function played(data, ...names) {
    const game = new Game(new Graph(data));
    for (const name of names) {
        assert.ok(game.choose(game.graph.names.indexOf(name)), `${name} cannot go on`);
    }
    return game;
}

test('the counts are those that the walker wrote', () => {
    for (const { name, broken, mended } of LEVELS) {
        for (const data of [broken, mended]) {
            const { all, failing } = new Graph(data).count(0);
            assert.deepEqual([String(all), String(failing)], [data.interleavings, data.failing], name);
        }
    }
});

test('a graph that is cut has no counts', () => {
    const graph = new Graph({ ...LEVELS[0].broken, cut: true });
    assert.equal(graph.count(0), null);
});

test('threads that can go on at the start come first', () => {
    const order = ({ broken }) => {
        const graph = new Graph(broken);
        return graph.order().map((thread) => graph.names[thread]);
    };
    assert.deepEqual(order(LEVELS[1]), ['Ann', 'Bob', 'main']);
    assert.deepEqual(order(LEVELS[4]), ['main', 'worker 1', 'worker 2']);
});

test('a thread that waits cannot be chosen', () => {
    const game = played(LEVELS[1].broken, 'Ann');
    const bob = game.graph.names.indexOf('Bob');
    assert.equal(game.choose(bob), false);
    assert.equal(game.made, 1);
    assert.equal(game.graph.thread(game.at(), bob).words, 'waits for tickets, which Ann has');
    assert.equal(verdict(game).text, 'Only Ann can go on.');
});

test('steps are undone and made again', () => {
    const game = played(LEVELS[0].broken, 'north door', 'south door');
    const at = game.at();
    assert.ok(game.undo());
    assert.equal(describe(game), 'north door loads visitors ➜ 0. north door and south door can go on.');
    assert.ok(game.redo());
    assert.equal(game.at(), at);
    assert.equal(game.redo(), false);
    game.restart();
    assert.equal(game.at(), 0);
    assert.equal(game.undo(), false);
});

test('another choice after an undo forgets the steps that were undone', () => {
    const game = played(LEVELS[0].broken, 'north door', 'south door', 'south door');
    game.undo();
    game.undo();
    game.choose(game.graph.names.indexOf('north door'));
    assert.equal(game.redo(), false);
    assert.equal(game.history.length, 2);
});

test('the same choice after an undo keeps them', () => {
    const game = played(LEVELS[0].broken, 'north door', 'south door');
    game.undo();
    game.undo();
    game.choose(game.graph.names.indexOf('north door'));
    assert.ok(game.redo());
});

test('a lost update breaks the first level', () => {
    const game = played(LEVELS[0].broken, 'north door', 'south door', 'south door', 'north door', 'main');
    assert.ok(game.isSolved);
    assert.deepEqual(verdict(game), {
        kind: 'broken', title: 'Broken.', text: 'main panics: a visitor was not counted.',
    });
});

test('a deadlock is described by who waits for whom', () => {
    const game = played(LEVELS[2].broken, 'saver', 'spender');
    assert.match(verdict(game).text, /^Nobody can go on: .*saver waits for savings, which spender has/);
});

test('what went well is not solved', () => {
    const game = played(LEVELS[0].broken, 'north door', 'north door', 'south door', 'south door', 'main');
    assert.equal(verdict(game).kind, 'passed');
    assert.equal(game.isSolved, false);
});

test('the way that is shown fails in each level, and counts as shown and not as solved', () => {
    for (const { name, broken } of LEVELS) {
        const game = new Game(new Graph(broken));
        assert.ok(game.show());
        assert.equal(game.made, 0);
        while (game.redo());
        assert.ok(game.isBroken, name);
        assert.equal(game.isSolved, false);
        game.undo();
        assert.equal(game.isBroken, false, name);
    }
});

test('who leaves the way that is shown plays for themselves', () => {
    const game = new Game(new Graph(LEVELS[0].broken));
    game.show();
    const first = game.way[0].thread;
    const other = game.graph.edges(0).find((edge) => edge.thread !== first).thread;
    game.choose(other);
    assert.equal(game.shown, false);
});

test('who follows it has still been shown', () => {
    const game = new Game(new Graph(LEVELS[0].broken));
    game.show();
    [...game.way].forEach((edge) => game.choose(edge.thread));
    assert.ok(game.isBroken);
    assert.equal(game.isSolved, false);
});

test('nothing is shown in a mended program', () => {
    const game = new Game(new Graph(LEVELS[0].mended));
    assert.equal(game.show(), false);
});

test('counts are words', () => {
    const words = (all, failing) => countsInWords({ all, failing });
    assert.equal(words(70n, 20n), '70 interleavings, and 20 of them fail');
    assert.equal(words(2n, 0n), '2 interleavings, and none fails');
    assert.equal(words(1234567n, 1n), '1,234,567 interleavings, and 1 of them fails');
    assert.equal(words(3n, 3n), '3 interleavings, and all of them fail');
    assert.equal(words(1n, 1n), '1 interleaving, and it fails');
});

test('a value is split into its fields, if it has some', () => {
    assert.deepEqual(fields('given_to Some("Ann"), queue 1 entry'), [['given_to', 'Some("Ann")'], ['queue', '1 entry']]);
    assert.equal(fields('[7, 8]'), null);
    assert.equal(fields('1'), null);
});

test('solved levels are remembered, with those of another tab', () => {
    const items = new Map();
    const storage = { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value) };
    const here = new Solved(() => storage);
    new Solved(() => storage).add('deadlock');
    here.add('lost-update');
    const later = new Solved(() => storage);
    assert.ok(later.has('deadlock') && later.has('lost-update'));
    later.forget();
    assert.equal(new Solved(() => storage).has('deadlock'), false);
});

test('without a storage, they last as long as the page', () => {
    const solved = new Solved(() => { throw new Error('denied'); });
    solved.add('deadlock');
    assert.ok(solved.has('deadlock'));
});

test('a storage with something else in it is no error', () => {
    for (const text of ['{', '{"a": 1}', 'null']) {
        const solved = new Solved(() => ({ getItem: () => text, setItem() {} }));
        assert.equal(solved.has('deadlock'), false);
    }
});
