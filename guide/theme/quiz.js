// Marks and remembers the answers to the questions.
