// Sorts and filters the class, hides names, and opens what a link leads to. Without it, the page can
// be read all the same.
'use strict';

const root = document.documentElement;
root.classList.add('js');

// Somebody who shows the page in class may load it once more. A page from a file may have no storage.
const memory = {
    get() {
        try { return sessionStorage.getItem('names') === 'hidden'; } catch { return false; }
    },
    set(hidden) {
        try { sessionStorage.setItem('names', hidden ? 'hidden' : 'shown'); } catch { /* It is forgotten. */ }
    },
};

/** Before anything is drawn: no name is seen for a moment. */
root.classList.toggle('no-names', memory.get());

const namesAreHidden = () => root.classList.contains('no-names');
const numberOf = (element) => Number(element.dataset.number);
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Puts children into another order, after what is not among them. */
function put(children) {
    children.forEach((child) => child.parentElement.append(child));
}

function setUpClass() {
    const table = document.querySelector('table.class');
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells];
    const of = (id) => document.getElementById(id);
    let sorted = { column: 0, descending: false };

    const nameOf = (row) => row.cells[0]
        .querySelector(namesAreHidden() ? '.label' : '.named').textContent;

    function compare(one, other, column) {
        if (column === 0) return collator.compare(nameOf(one), nameOf(other));
        const [a, b] = [one, other].map((row) => row.cells[column].dataset.sort);
        return a - b;
    }

    function sort() {
        const { column, descending } = sorted;
        const has = (row) => column === 0 || row.cells[column].dataset.sort !== undefined;
        // Who has no grade is last either way.
        rows.sort((one, other) => has(other) - has(one)
            || (has(one) && compare(one, other, column) * (descending ? -1 : 1))
            || numberOf(one) - numberOf(other));
        put(rows);
        heads.forEach((head, at) => {
            head.ariaSort = at === column ? (descending ? 'descending' : 'ascending') : 'none';
        });
    }

    function filter() {
        const text = of('find').value.trim().toLowerCase();
        const column = Number(of('of-exercise').value);
        const status = of('of-status').value;
        const late = of('only-late').checked;
        const review = of('only-review').checked;
        const fits = ({ dataset }) => (!status || dataset.status === status)
            && (!late || 'late' in dataset) && (!review || 'review' in dataset);
        let shown = 0;
        for (const row of rows) {
            const grades = [...row.cells].slice(1, -1);
            const some = column ? [grades[column - 1]] : grades;
            const found = nameOf(row).toLowerCase().includes(text)
                && (some.some(fits) || grades.length === 0);
            row.hidden = !found;
            shown += found;
        }
        of('shown').textContent = `${shown} of ${rows.length} learners`;
    }

    heads.forEach((head, column) => head.firstElementChild.addEventListener('click', () => {
        const again = sorted.column === column;
        sorted = { column, descending: again && !sorted.descending };
        sort();
    }));
    const form = document.querySelector('.filters');
    form.addEventListener('input', filter);
    form.addEventListener('submit', (event) => event.preventDefault());
    // What a browser has kept in the form while the page was loaded again.
    filter();
    sort();

    return () => {
        of('find').value = '';
        filter();
        sort();
    };
}

function setUpNames(changed) {
    const button = document.getElementById('hide-names');
    const lists = [...document.querySelectorAll('.who, #learners')].map((list) => {
        return [...list.querySelectorAll(':scope > [data-number]')];
    });

    function show() {
        button.ariaPressed = namesAreHidden();
        // The order of names tells who is who.
        for (const list of lists) {
            put(namesAreHidden() ? list.toSorted((one, other) => numberOf(one) - numberOf(other)) : list);
        }
        changed();
    }

    button.addEventListener('click', () => {
        memory.set(root.classList.toggle('no-names'));
        show();
    });
    show();
}

/** Opens what the address leads to. */
function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let at = target.closest('details'); at; at = at.parentElement.closest('details')) {
        at.open = true;
    }
    target.scrollIntoView();
}

document.addEventListener('DOMContentLoaded', () => {
    setUpNames(setUpClass());
    reveal();
    window.addEventListener('hashchange', reveal);
    document.addEventListener('click', (event) => {
        // The same link once more does not change the address.
        if (event.target.closest('a')?.getAttribute('href') === location.hash) reveal();
    });
});
