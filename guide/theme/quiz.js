// Marks and remembers the answers to the questions: `<div class="quiz" id="…">`, with a `<details>` for
// each choice and `data-right` on the right one. The choice that is opened first is the answer.
(function () {
    'use strict';

    /** Where answers are kept. A private window may have no storage; then they last as long as the page. */
    function memory(storage, page) {
        const prefix = `interleave/quiz/${page}#`;
        const kept = new Map();
        return {
            get(id) {
                try {
                    return kept.get(id) ?? storage().getItem(prefix + id);
                } catch {
                    return null;
                }
            },
            set(id, answer) {
                kept.set(id, answer);
                try {
                    storage().setItem(prefix + id, answer);
                } catch { /* It is in `kept`. */ }
            },
            remove(id) {
                kept.delete(id);
                try {
                    storage().removeItem(prefix + id);
                } catch { /* It never was there. */ }
            },
        };
    }

    /** The page's name in the keys of its answers: the same on a server and in a folder. */
    function pageName(pathname) {
        const file = pathname.split('/').pop();
        return file.replace(/\.html$/, '') || 'index';
    }

    /** How a choice is marked, if at all. `answer` is the index of the choice that was opened first. */
    function mark(index, answer, isRight, isOpen) {
        if (index === answer) {
            return isRight ? '✓ your answer: right' : '✗ your answer: not right';
        }
        return isRight && isOpen ? '✓ this one is right' : null;
    }

    /** The sentence below the questions. `answers` has true or false for each answer. */
    function score(answers, questions) {
        const right = answers.filter(Boolean).length;
        return `Questions on this page: ${questions}. Answered: ${answers.length}. Right: ${right}.`;
    }

    function question(quiz, answers, changed) {
        const choices = Array.from(quiz.querySelectorAll('details'));
        const isRight = choices.map((choice) => 'right' in choice.dataset);
        const texts = choices.map((choice) => choice.querySelector('summary').textContent.trim());
        const status = document.createElement('p');
        status.className = 'quiz-status';
        status.setAttribute('role', 'status');
        quiz.append(status);
        // By its text and not by its number: choices may be rearranged in a later edition.
        let answer = texts.indexOf(answers.get(quiz.id));

        function show() {
            choices.forEach((choice, index) => {
                choice.querySelector('.quiz-mark')?.remove();
                delete choice.dataset.answer;
                const text = answer < 0 ? null : mark(index, answer, isRight[index], choice.open);
                if (text) {
                    choice.dataset.answer = isRight[index] ? 'right' : 'wrong';
                    const span = document.createElement('span');
                    span.className = 'quiz-mark';
                    span.textContent = text;
                    choice.querySelector('summary').append(' ', span);
                }
            });
        }

        choices.forEach((choice, index) => {
            // Not on `toggle`: a browser opens choices by itself, to show what it has found in the page.
            choice.querySelector('summary').addEventListener('click', () => {
                if (answer < 0 && !choice.open) {
                    answer = index;
                    answers.set(quiz.id, texts[index]);
                    status.textContent = isRight[index] ? 'Right.' : 'Not right.';
                    changed();
                }
            });
            choice.addEventListener('toggle', show);
        });
        if (answer >= 0) {
            choices[answer].open = true;
        }
        show();
        return {
            answer: () => (answer < 0 ? null : isRight[answer]),
            forget() {
                answers.remove(quiz.id);
                answer = -1;
                status.textContent = '';
                choices.forEach((choice) => { choice.open = false; });
                show();
            },
        };
    }

    function start() {
        const quizzes = Array.from(document.querySelectorAll('.quiz'));
        if (quizzes.length === 0) {
            return;
        }
        const answers = memory(() => window.localStorage, pageName(window.location.pathname));
        const line = document.createElement('p');
        line.className = 'quiz-score';
        const text = document.createElement('span');
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = 'Forget my answers';
        line.append(text, button);

        const questions = [];
        function changed() {
            const given = questions.map((one) => one.answer()).filter((answer) => answer !== null);
            text.textContent = score(given, questions.length);
        }
        quizzes.forEach((quiz) => questions.push(question(quiz, answers, changed)));
        button.addEventListener('click', () => {
            questions.forEach((one) => one.forget());
            changed();
        });
        document.querySelector('main').append(line);
        changed();
    }

    if (typeof module === 'object') {
        module.exports = { mark, memory, pageName, score };
    } else {
        start();
    }
})();
