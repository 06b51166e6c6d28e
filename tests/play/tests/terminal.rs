//! What the terminal shows, and what its keys do.

use explorer::Answer;
use explorer::walk::sync::{Arc, Mutex};
use explorer::walk::{Walker, note, thread};
use play::recorded;
use play::terminal::{Next, Screen, draw};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::Color;
use schedule::graph::{Graph, Level};
use schedule::{Found, Operation, Schedule, Source, Step, Switch};

const TEXT: &str = include_str!("terminal/program.rs");
const PROGRAM: Answer = Answer { file: "terminal/program.rs", text: TEXT };

#[path = "terminal/program.rs"]
mod program;

fn level(graph: Graph, recorded: bool) -> Level {
    Level {
        name: "a-ticket-is-sold-once".to_owned(),
        title: "a ticket is sold once".to_owned(),
        goal:
            "One ticket, and two that buy it. Choose who runs next, and try to break your answer."
                .to_owned(),
        lesson: "A hint: `just hint exercise-9 a_ticket_is_sold_once`.".to_owned(),
        link: None,
        recorded,
        broken: graph,
        mended: None,
    }
}

/// Two that look for a ticket, and then take it.
fn chosen() -> Level {
    let walker = Walker { program: PROGRAM, scenario: "one ticket", limit: 10_000 };
    let graph = walker.walk(|| {
        let tickets = Arc::new(Mutex::new(1));
        let other = Arc::clone(&tickets);
        let other = thread::spawn("other buyer", move || {
            note("wants a ticket");
            program::buy(&other)
        });
        note("wants a ticket");
        let sold = u32::from(program::buy(&tickets)) + u32::from(other.join());
        assert!(sold == 1, "one ticket was there, and {sold} were sold");
    });
    level(graph, false)
}

/// The same as a check would record it.
fn replay() -> Level {
    let step = |thread, operation, line| Step { line, ..Step::new(thread, operation) };
    let locks = |thread, sees: &str| Step {
        object: Some("tickets".to_owned()),
        sees: Some(sees.to_owned()),
        ..step(thread, Operation::Lock, Some(6))
    };
    let unlocks = |thread| Step {
        object: Some("tickets".to_owned()),
        ..step(thread, Operation::Unlock, Some(6))
    };
    let steps = vec![
        locks(0, "1"),
        unlocks(0),
        Step { switch: Some(Switch::Preempted), ..locks(1, "1") },
        Step { leaves: Some("0".to_owned()), ..unlocks(1) },
        Step { switch: Some(Switch::Ended), ..step(0, Operation::Panic, Some(10)) },
    ];
    let schedule = Schedule {
        scenario: "one ticket".to_owned(),
        threads: vec!["main".to_owned(), "other buyer".to_owned()],
        steps,
        outcome: "one ticket was there, and 2 were sold".to_owned(),
        notes: Vec::new(),
        found: Found::Counted { interleaving: 2, preemptions: 1 },
        source: Source { file: "terminal/program.rs".to_owned(), ..Source::default() },
    };
    level(recorded::graph(&schedule, TEXT), true)
}

fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

/// Presses these keys, `>` and `<` for the arrows.
fn press(screen: &mut Screen<'_>, keys: &str) {
    for pressed in keys.chars() {
        let code = match pressed {
            '>' => KeyCode::Right,
            '<' => KeyCode::Left,
            '\t' => KeyCode::Tab,
            other => KeyCode::Char(other),
        };
        assert_eq!(screen.press(key(code)), Next::Goes);
    }
}

fn shown(screen: &Screen<'_>, width: u16, height: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("it has a size");
    terminal.draw(|frame| draw(frame, screen)).expect("it can be drawn");
    terminal
}

/// The rows after these keys, on the smallest usual terminal.
fn after(levels: &[Level], keys: &str) -> String {
    let mut screen = Screen::new(levels, true);
    press(&mut screen, keys);
    shown(&screen, 80, 24).backend().to_string()
}

#[test]
fn the_start_says_who_can_run() {
    insta::assert_snapshot!(after(&[chosen()], ""));
}

#[test]
fn one_who_waits_for_a_lock_cannot_be_chosen() {
    insta::assert_snapshot!(after(&[chosen()], "1h2"));
}

#[test]
fn a_failure_is_told_with_its_steps() {
    insta::assert_snapshot!(after(&[chosen()], "11221122"));
}

#[test]
fn what_is_shown_goes_to_the_failure() {
    let levels = [chosen()];
    let simplest = levels[0].broken.simplest.as_ref().expect("it can be broken");
    let shown = after(&levels, &format!("s{}", ">".repeat(simplest.choices.len())));
    assert!(
        shown.contains("✗ Broken. main panics: one ticket was there, and 2 were sold"),
        "{shown}"
    );
    // Back to the start, and one step by hand.
    let begun = after(&levels, "s>>><<<<<r1");
    assert!(begun.contains("1 wants a ticket, locks tickets, sees 1"), "{begun}");
}

#[test]
fn a_recorded_interleaving_goes_forwards_and_backwards() {
    let levels = [chosen(), replay()];
    insta::assert_snapshot!(after(&levels, "\t>>>"));
    assert_eq!(after(&levels, "\t>>>>>>>><<<<<<"), after(&levels, "\t"));
    let refused = after(&levels, "\t1>>1");
    assert!(refused.contains("main does not go on here"), "{refused}");
    let end = after(&levels, "\t>>>>>");
    assert!(end.contains("✗ Broken. main panics: one ticket was there, and 2 were sold"), "{end}");
}

#[test]
fn a_larger_terminal_shows_more() {
    let levels = [chosen()];
    let mut screen = Screen::new(&levels, true);
    press(&mut screen, "1122");
    insta::assert_snapshot!(shown(&screen, 120, 40).backend());
}

#[test]
fn what_is_left_out_is_said() {
    let mut level = chosen();
    let left_out =
        "There are too many interleavings: those with more than 2 preemptions are left out.";
    level.broken.left_out = Some(left_out.to_owned());
    (level.broken.cut, level.broken.interleavings, level.broken.failing) = (true, None, None);
    level.broken.nodes[0].edges.pop();
    let levels = [level];
    insta::assert_snapshot!(after(&levels, "2"));
    assert!(after(&levels, "h").contains("There is no hint"));
}

#[test]
fn a_terminal_that_is_too_small_says_so() {
    let levels = [chosen()];
    let screen = Screen::new(&levels, true);
    let small = shown(&screen, 30, 10).backend().to_string();
    assert!(small.contains("60 columns and 16 rows"), "{small}");
}

#[test]
fn without_colours_nothing_is_lost() {
    let levels = [chosen()];
    let colours = |colours| {
        let mut screen = Screen::new(&levels, colours);
        press(&mut screen, "11221122");
        let terminal = shown(&screen, 80, 24);
        let buffer = terminal.backend().buffer().clone();
        let is_coloured =
            buffer.content.iter().any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset);
        (terminal.backend().to_string(), is_coloured)
    };
    let (with, is_coloured) = colours(true);
    assert!(is_coloured);
    assert_eq!(colours(false), (with, false));
}

#[test]
fn these_keys_end_it() {
    let levels = [chosen()];
    let mut screen = Screen::new(&levels, true);
    for code in [KeyCode::Char('q'), KeyCode::Esc] {
        assert_eq!(screen.press(key(code)), Next::Ends);
    }
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(screen.press(control_c), Next::Ends);
    assert_eq!(screen.press(key(KeyCode::Char('c'))), Next::Goes);
}
