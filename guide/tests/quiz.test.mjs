// The parts of `theme/quiz.js` that need no page. Run by `just test-guide`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequire } from 'node:module';

const { mark, memory, pageName, score } = createRequire(import.meta.url)('../theme/quiz.js');

/** As `localStorage` is. */
function storage() {
    const items = new Map();
    return {
        items,
        getItem: (key) => items.get(key) ?? null,
        setItem: (key, value) => items.set(key, value),
        removeItem: (key) => items.delete(key),
    };
}

test('the first choice that is opened is marked, and the right one once it is open', () => {
    assert.equal(mark(0, 0, true, true), '✓ your answer: right');
    assert.equal(mark(0, 0, false, true), '✗ your answer: not right');
    assert.equal(mark(0, 0, false, false), '✗ your answer: not right');
    assert.equal(mark(1, 0, true, false), null);
    assert.equal(mark(1, 0, true, true), '✓ this one is right');
    assert.equal(mark(1, 0, false, true), null);
});

test('answers are kept for each page and each question', () => {
    const kept = storage();
    memory(() => kept, 'tasks').set('quiz-order', 'A. nothing');
    assert.equal(memory(() => kept, 'tasks').get('quiz-order'), 'A. nothing');
    assert.equal(memory(() => kept, 'tasks').get('quiz-cost'), null);
    assert.equal(memory(() => kept, 'select').get('quiz-order'), null);
});

test('a forgotten answer is gone', () => {
    const kept = storage();
    const answers = memory(() => kept, 'tasks');
    answers.set('quiz-order', 'A. nothing');
    answers.remove('quiz-order');
    assert.equal(answers.get('quiz-order'), null);
    assert.equal(kept.items.size, 0);
});

test('without storage, answers last as long as the page', () => {
    const answers = memory(() => { throw new Error('not allowed'); }, 'tasks');
    assert.equal(answers.get('quiz-order'), null);
    answers.set('quiz-order', 'A. nothing');
    assert.equal(answers.get('quiz-order'), 'A. nothing');
    answers.remove('quiz-order');
    assert.equal(answers.get('quiz-order'), null);
});

test('a page has the same name on a server and in a folder', () => {
    assert.equal(pageName('/tasks.html'), 'tasks');
    assert.equal(pageName('/home/me/interleave/target/guide/tasks.html'), 'tasks');
    assert.equal(pageName('/'), 'index');
});

test('the score counts the questions, the answers, and those that are right', () => {
    assert.equal(score([true, false], 3), 'Questions on this page: 3. Answered: 2. Right: 1.');
    assert.equal(score([], 1), 'Questions on this page: 1. Answered: 0. Right: 0.');
});
