//! What the screen shows: the program on the left, who runs next and what has happened on the right.
//!
//! What a colour says is said by a word, a number or a shape as well.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph};
use schedule::graph::{ObjectState, Status};

use super::Screen;

const LANES: [Color; 5] = [Color::Cyan, Color::Yellow, Color::Magenta, Color::Green, Color::Blue];

/// The smallest screen on which all parts have room.
const SMALLEST: (u16, u16) = (60, 16);

/// Draws the screen.
pub fn draw(frame: &mut Frame<'_>, screen: &Screen<'_>) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let (width, height) = SMALLEST;
        let text = format!("This needs a terminal of at least {width} columns and {height} rows.");
        return frame.render_widget(wrapped(&text, area.width), area);
    }
    let verdict = textwrap::wrap(&verdict(screen), usize::from(area.width) - 2).len();
    let goal_text = goal(screen);
    let goal = textwrap::wrap(&goal_text, usize::from(area.width)).len();
    let rows = [
        Constraint::Length(1),
        Constraint::Length(goal.min(3) as u16),
        Constraint::Min(8),
        Constraint::Length(verdict.min(4) as u16),
        Constraint::Length(1),
    ];
    let [head, goal, board, below, keys] = Layout::vertical(rows).areas(area);
    frame.render_widget(screen.head(head.width), head);
    frame.render_widget(wrapped(&goal_text, goal.width), goal);
    // Schedules of tasks have no lines.
    if screen.game.graph().steps.iter().any(|step| step.line.is_some()) {
        let columns = [Constraint::Percentage(50), Constraint::Percentage(50)];
        let [left, right] = Layout::horizontal(columns).areas(board);
        screen.draw_program(frame, left);
        screen.draw_side(frame, right);
    } else {
        screen.draw_side(frame, board);
    }
    frame.render_widget(screen.below(below.width), below);
    frame.render_widget(screen.keys(), keys);
}

fn wrapped(text: &str, width: u16) -> Paragraph<'static> {
    Paragraph::new(lines(text, width).into_iter().map(Line::from).collect::<Vec<_>>())
}

fn lines(text: &str, width: u16) -> Vec<String> {
    let options = textwrap::Options::new(usize::from(width.max(10)));
    textwrap::wrap(text, options).into_iter().map(|line| line.into_owned()).collect()
}

/// What there is to do, and what is left out.
fn goal(screen: &Screen<'_>) -> String {
    let level = screen.game.level;
    let left_out = level.broken.left_out.as_ref().filter(|_| !level.recorded);
    left_out.map_or_else(|| level.goal.clone(), |left_out| format!("{} {left_out}", level.goal))
}

/// What is said of the state, or of the last key.
fn verdict(screen: &Screen<'_>) -> String {
    let game = &screen.game;
    if let Some(refusal) = &screen.refusal {
        return refusal.clone();
    }
    let verdict = game.verdict();
    match (game.is_broken(), game.is_shown() && game.has_next()) {
        (true, _) => format!("{verdict} {}", game.level.lesson.replace('`', "")),
        (false, true) if !game.level.recorded => {
            format!("{verdict} → goes on with the simplest interleaving that fails.")
        }
        _ => verdict,
    }
}

impl Screen<'_> {
    fn style(&self, colour: Color) -> Style {
        if self.colours { Style::new().fg(colour) } else { Style::new() }
    }

    /// The colour of a thread.
    fn lane(&self, thread: usize) -> Style {
        let at = self.game.order().iter().position(|other| *other == thread).unwrap_or_default();
        self.style(LANES[at % LANES.len()])
    }

    /// The digit that picks a thread.
    fn digit(&self, thread: usize) -> usize {
        self.game.order().iter().position(|other| *other == thread).unwrap_or_default() + 1
    }

    fn head(&self, width: u16) -> Line<'static> {
        let graph = self.game.graph();
        let counts = match (&graph.interleavings, &graph.failing) {
            (Some(all), Some(failing)) => format!("{all} interleavings, {failing} of them fail"),
            _ if self.game.level.recorded => graph.left_out.clone().unwrap_or_default(),
            _ => String::new(),
        };
        let title = match self.levels.len() {
            1 => self.game.level.title.clone(),
            all => format!("{}/{all} {}", self.at + 1, self.game.level.title),
        };
        let room = usize::from(width).saturating_sub(title.chars().count() + 1);
        let counts = if counts.chars().count() > room { String::new() } else { counts };
        let bold = Style::new().add_modifier(Modifier::BOLD);
        Line::from(vec![Span::styled(title, bold), Span::raw(format!(" {counts:>room$}"))])
    }

    fn draw_program(&self, frame: &mut Frame<'_>, area: Rect) {
        let graph = self.game.graph();
        let block = Block::new().borders(Borders::TOP).title(graph.file.clone());
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let height = usize::from(inner.height);
        let focus = self.focus().map_or(0, |line| line as usize - 1);
        let most = graph.source.len().saturating_sub(height);
        let first = focus.saturating_sub(height / 2).min(most);
        let shown = graph.source.iter().enumerate().skip(first).take(height);
        // There is little room, and no need to see how deep all of it is.
        let filled = shown.clone().filter(|(_, text)| !text.trim().is_empty());
        let indent = filled.map(|(_, text)| text.len() - text.trim_start().len()).min();
        let rows = shown.map(|(at, text)| {
            let text = text.get(indent.unwrap_or_default()..).unwrap_or_default();
            self.program_line(at + 1, text)
        });
        let rows: Vec<Line<'_>> = rows.collect();
        frame.render_widget(Paragraph::new(rows), inner);
    }

    /// The line that has to be in sight.
    fn focus(&self) -> Option<u32> {
        let done = self.game.history().last().and_then(|(_, step, _)| step.line);
        let next = |thread: usize| self.game.state(thread).line;
        let last = self.game.last().and_then(next);
        last.or(done).or_else(|| self.game.order().into_iter().find_map(next))
    }

    fn program_line(&self, number: usize, text: &str) -> Line<'static> {
        let mut marks = Vec::new();
        let mut width = 0;
        let mut is_next = false;
        for thread in self.game.order() {
            let state = self.game.state(thread);
            if state.line != Some(number as u32) {
                continue;
            }
            let digit = self.digit(thread);
            let (mark, style) = match state.status {
                Status::Ready => {
                    is_next = true;
                    (digit.to_string(), self.lane(thread).add_modifier(Modifier::REVERSED))
                }
                Status::Panicked => (format!("✗{digit}"), self.style(Color::Red)),
                _ => (format!("({digit})"), self.lane(thread)),
            };
            width += mark.chars().count();
            marks.push(Span::styled(mark, style));
        }
        let done = self.game.history().last().and_then(|(_, step, _)| step.line);
        let arrow = if done == Some(number as u32) { "›" } else { " " };
        let style = if is_next { Modifier::BOLD } else { Modifier::empty() };
        let mut spans = vec![Span::raw(" ".repeat(4_usize.saturating_sub(width)))];
        spans.extend(marks);
        spans.push(Span::styled(format!("{arrow}{number:>3} "), Modifier::DIM));
        spans.push(Span::styled(text.replace('\t', "    "), style));
        Line::from(spans)
    }

    fn draw_side(&self, frame: &mut Frame<'_>, area: Rect) {
        let area = Rect { x: area.x + 1, width: area.width - 1, ..area };
        let threads = self.threads(area.width);
        let objects = self.objects(area.width);
        let steps = self.steps(area.width);
        // The steps keep some rows, and the objects take what the threads leave.
        let rest = area.height.saturating_sub(threads.len() as u16 + 1);
        let for_objects = match objects.len() as u16 {
            0 => 0,
            rows => (rows + 1).min(rest.saturating_sub(4)),
        };
        let rows = [
            Constraint::Length(threads.len() as u16 + 1),
            Constraint::Length(for_objects),
            Constraint::Min(0),
        ];
        let [top, middle, bottom] = Layout::vertical(rows).areas(area);
        let part = |title: &'static str, lines: Vec<Line<'static>>| {
            Paragraph::new(lines).block(Block::new().borders(Borders::TOP).title(title))
        };
        frame.render_widget(part("Who runs next?", threads), top);
        frame.render_widget(part("Shared objects", objects), middle);
        // The last steps are in sight.
        let room = usize::from(bottom.height.saturating_sub(1));
        let hidden = steps.len().saturating_sub(room);
        let title = if hidden > 0 { "Steps so far (the last)" } else { "Steps so far" };
        frame.render_widget(part(title, steps.into_iter().skip(hidden).collect()), bottom);
    }

    fn threads(&self, width: u16) -> Vec<Line<'static>> {
        let mut rows = Vec::new();
        for thread in self.game.order() {
            let state = self.game.state(thread);
            let can = self.game.can_choose(thread);
            let name = &self.game.graph().threads[thread].name;
            let digit = self.digit(thread);
            let sign = if can { format!("[{digit}] ") } else { format!(" {digit}  ") };
            let lane = self.lane(thread);
            let mark = if can { lane.add_modifier(Modifier::BOLD) } else { lane };
            let mut words = state.words.clone();
            if self.game.is_left_out(thread) && !self.game.level.recorded {
                words += " (left out)";
            }
            if let Some((all, failing)) = self.game.odds(thread).filter(|_| self.hints) {
                words += &format!(" (then {failing} of {all} fail)");
            }
            let style =
                if can { Style::new() } else { Style::new().add_modifier(Modifier::ITALIC) };
            let text = format!("{name}: {words}");
            for (at, line) in lines(&text, width.saturating_sub(4)).into_iter().enumerate() {
                let (sign, line) = match line.strip_prefix(&format!("{name}:")) {
                    Some(rest) if at == 0 => (
                        vec![
                            Span::styled(sign.clone(), mark),
                            Span::styled(format!("{name}:"), mark),
                        ],
                        rest.to_owned(),
                    ),
                    _ => (vec![Span::raw("    ")], line),
                };
                let mut spans = sign;
                spans.push(Span::styled(line, style));
                rows.push(Line::from(spans));
            }
        }
        rows
    }

    fn objects(&self, width: u16) -> Vec<Line<'static>> {
        let (graph, node) = (self.game.graph(), self.game.node());
        let states = graph.objects.iter().zip(&node.objects);
        let known = states.filter_map(|(object, at)| Some((object, &object.states[(*at)?])));
        let mut rows = Vec::new();
        for (object, state) in known {
            let mut text = format!("{}: {}", object.name, self.object(state));
            if text.ends_with(": ") {
                text += "nobody has it";
            }
            rows.extend(lines(&text, width).into_iter().map(Line::from));
        }
        rows
    }

    fn object(&self, state: &ObjectState) -> String {
        let names = |threads: &[usize]| {
            let name = |thread: &usize| &*self.game.graph().threads[*thread].name;
            threads.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        let mut parts: Vec<String> = state.value.iter().cloned().collect();
        if !state.holders.is_empty() {
            parts.push(format!("held by {}", names(&state.holders)));
        }
        if !state.waiting.is_empty() {
            parts.push(format!("waiting: {}", names(&state.waiting)));
        }
        parts.join("; ")
    }

    fn steps(&self, width: u16) -> Vec<Line<'static>> {
        let mut rows = Vec::new();
        for (thread, step, preempted) in self.game.history() {
            let threads = &self.game.graph().threads;
            if let Some(preempted) = preempted {
                let text = format!("  ({} is preempted)", threads[preempted].name);
                rows.push(Line::styled(text, Modifier::ITALIC));
            }
            let place = step.line.map(|line| format!(" :{line}")).unwrap_or_default();
            let text = format!("{} {}{place}", self.digit(thread), step.words);
            let options = textwrap::Options::new(usize::from(width)).subsequent_indent("  ");
            let lines = textwrap::wrap(&text, options);
            rows.extend(
                lines.into_iter().map(|line| Line::styled(line.into_owned(), self.lane(thread))),
            );
        }
        if rows.is_empty() {
            rows.push(Line::from("None yet."));
        }
        rows
    }

    fn below(&self, width: u16) -> Paragraph<'static> {
        let style = match self.game.is_broken() && self.refusal.is_none() {
            true => self.style(Color::Red).add_modifier(Modifier::BOLD),
            false => Style::new(),
        };
        wrapped(&verdict(self), width).style(style)
    }

    fn keys(&self) -> Line<'static> {
        let tab = if self.levels.len() > 1 { "  Tab other" } else { "" };
        let keys = match self.game.level.recorded {
            true => format!("← back  → next  r start{tab}  q quit"),
            false => {
                let most = self.game.order().len();
                format!(
                    "1-{most} who runs  ← undo  → redo  r restart  s show me  h hint{tab}  q quit"
                )
            }
        };
        Line::styled(keys, Modifier::REVERSED)
    }
}
