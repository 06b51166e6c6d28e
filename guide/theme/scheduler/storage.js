// Remembers which levels the reader has broken. Without a storage, as in a private window, they
// last as long as the page.
(function (interleave) {
    'use strict';

    const KEY = 'interleave/scheduler/solved';

    interleave.Solved = class Solved {
        /** `storage` is a function, because in some browsers to look at it throws. */
        constructor(storage) {
            this.storage = storage;
            this.names = new Set(this.read());
        }

        has(name) {
            return this.names.has(name);
        }

        add(name) {
            // Another tab may have added some.
            this.names = new Set([...this.names, ...this.read(), name]);
            this.write();
        }

        forget() {
            this.names.clear();
            this.write();
        }

        read() {
            try {
                const names = JSON.parse(this.storage().getItem(KEY) ?? '[]');
                return Array.isArray(names) ? names : [];
            } catch {
                return [];
            }
        }

        write() {
            try {
                this.storage().setItem(KEY, JSON.stringify([...this.names].sort()));
            } catch { /* They are in `names`. */ }
        }
    };
})(globalThis.interleave ??= {});
