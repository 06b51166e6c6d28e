//! The same in a terminal: for those without a browser.

mod game;
mod view;

use std::io::{self, IsTerminal};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use schedule::graph::Level;
use workbook::Fault;

use game::Game;
pub use view::draw;

/// What is on the screen.
#[derive(Debug)]
pub struct Screen<'a> {
    levels: &'a [Level],
    /// The level that is open.
    at: usize,
    game: Game<'a>,
    /// Whether it says how many interleavings fail after each choice.
    hints: bool,
    /// Why a key did nothing.
    refusal: Option<String>,
    colours: bool,
}

/// What a key has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next key.
    Goes,
    /// The end.
    Ends,
}

impl<'a> Screen<'a> {
    /// The start of the first level, with or without colours.
    ///
    /// # Panics
    ///
    /// If there are no levels.
    pub fn new(levels: &'a [Level], colours: bool) -> Self {
        Self { levels, at: 0, game: Game::new(&levels[0]), hints: false, refusal: None, colours }
    }

    /// Does what a key means.
    pub fn press(&mut self, key: KeyEvent) -> Next {
        self.refusal = None;
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c' | 'd') if is_control => return Next::Ends,
            _ if is_control => {}
            KeyCode::Char('q') | KeyCode::Esc => return Next::Ends,
            KeyCode::Left | KeyCode::Backspace | KeyCode::Char('u' | 'b') => self.game.back(),
            KeyCode::Right => self.game.forward(),
            KeyCode::Char('r') => self.game.restart(),
            KeyCode::Char('s') => self.show(),
            KeyCode::Char('h') => self.hint(),
            KeyCode::Tab if self.levels.len() > 1 => {
                self.at = (self.at + 1) % self.levels.len();
                self.game = Game::new(&self.levels[self.at]);
            }
            KeyCode::Char(digit) => {
                let order = self.game.order();
                let at = digit.to_digit(10).and_then(|digit| (digit as usize).checked_sub(1));
                if let Some(&thread) = at.and_then(|at| order.get(at)) {
                    self.choose(thread);
                }
            }
            _ => {}
        }
        Next::Goes
    }

    fn choose(&mut self, thread: usize) {
        if self.game.choose(thread) {
            return;
        }
        let name = &self.game.graph().threads[thread].name;
        self.refusal = Some(match self.game.is_left_out(thread) {
            true if self.game.level.recorded => {
                format!("In this interleaving, {name} does not go on here.")
            }
            true => format!("{name} could go on, but that is left out."),
            false => format!("{name} cannot go on: it {}.", self.game.state(thread).words),
        });
    }

    fn show(&mut self) {
        if !self.game.show() {
            self.refusal = Some("No interleaving fails, so there is none to show.".to_owned());
        }
    }

    fn hint(&mut self) {
        if self.game.graph().cut {
            self.refusal = Some("There is no hint: not all interleavings are known.".to_owned());
        } else {
            self.hints = !self.hints;
        }
    }
}

/// Makes sure that there is a terminal to play in.
///
/// # Errors
///
/// If there is none.
pub fn check() -> Result<(), Fault> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    let instead = "without --terminal, there is a page for a browser";
    Err(Fault(format!("--terminal has to run in a terminal, and this is none; {instead}")))
}

/// Plays until the reader has had enough. The terminal is as before after that, and after a panic.
///
/// # Errors
///
/// If the terminal cannot be read or written.
pub fn run(levels: &[Level]) -> Result<(), Fault> {
    let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    // It also restores the terminal at a panic.
    let mut terminal = ratatui::try_init().map_err(Fault::of("the terminal"))?;
    let played = play(&mut terminal, &mut Screen::new(levels, colours));
    ratatui::restore();
    played.map_err(Fault::of("the terminal"))
}

/// Draws, and does what each key means.
fn play(terminal: &mut DefaultTerminal, screen: &mut Screen<'_>) -> io::Result<()> {
    loop {
        terminal.draw(|frame| draw(frame, screen))?;
        if let Event::Key(key) = event::read()?
            // Windows also says when a key is released.
            && key.kind != KeyEventKind::Release
            && screen.press(key) == Next::Ends
        {
            return Ok(());
        }
    }
}
