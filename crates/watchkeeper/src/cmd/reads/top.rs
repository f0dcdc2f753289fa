//! `watchkeeper reads top`: the watched databases of a running server, in a terminal.
//!
//! It reads the server's API and nothing else: what it shows is what the server knows. This module never
//! leaves a terminal in another state than it found it.

mod draw;
mod model;

use crate::clock::Clock;
use crate::cmd::server::{Access, Server};
use crate::cmd::{Failure, terminal};
use anyhow::Context as _;
use domain::Timestamp;
use model::{Model, Move};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use std::time::Duration;
use tokio::sync::mpsc;

/// Where the server tells what it knows now.
const NOW: &str = "/api/v1/databases";
/// Between two questions to the server.
const PAUSE: Duration = Duration::from_secs(1);
/// How soon a pressed key is noticed after the program was told to end.
const KEY_PAUSE: Duration = Duration::from_millis(100);
/// Size of the picture of `--once`.
const PICTURE: (u16, u16) = (120, 40);

/// Shows the watched databases of a running server in the terminal
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Keys: up and down choose a database, left and right a node, q quits.

A token of scope `read` is needed; `watchkeeper token create` makes one. On the command line it is seen by
everybody on the machine; WATCHKEEPER_TOKEN is not.

Examples:
  WATCHKEEPER_TOKEN=wk_… watchkeeper reads top
  watchkeeper reads top --url https://status.example.org --once --json

Exit codes: 0 it was told to quit, 1 the server does not answer, 2 it refuses the token")]
pub(super) struct Args {
    #[command(flatten)]
    access: Access,
    /// Print one picture and end
    #[arg(long)]
    once: bool,
    /// Print one reading as JSON
    #[arg(long, requires = "once")]
    json: bool,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let server = Server::new(&self.access)?;
        let first = server.get(NOW).await?;
        if self.json {
            terminal::print_json(&serde_json::from_slice(&first).context("the answer is no JSON")?)?;
            return Ok(());
        }
        let mut model = Model::new(self.access.url.as_str());
        model.take(&first)?;
        if self.once {
            terminal::print(&picture(&model)?)?;
            return Ok(());
        }
        watch(&server, model).await
    }
}

/// Shows and asks until somebody quits.
async fn watch(server: &Server, mut model: Model) -> Result<(), Failure> {
    // Restores the terminal on a panic, too.
    let mut screen = ratatui::try_init().context("this is no terminal to draw in; try --once")?;
    let mut keys = keys();
    let outcome = async {
        loop {
            if let Some(answer) = history(server, &model).await {
                model.take_history(&answer);
            }
            let now = Clock::System.now();
            screen.draw(|frame| draw::draw(frame, &model, now))?;
            tokio::select! {
                key = keys.recv() => match key {
                    Some(Key::Move(step)) => model.go(step),
                    Some(Key::Redraw) => {}
                    Some(Key::Quit) | None => return Ok(()),
                },
                () = Clock::System.sleep(PAUSE) => match server.get(NOW).await {
                    Ok(answer) => model.take(&answer)?,
                    Err(Failure::Failed(error)) => model.lost(&format!("{error:#}")),
                    Err(refused) => return Err(refused),
                },
            }
        }
    };
    let outcome = outcome.await;
    ratatui::restore();
    outcome
}

/// The last minutes of the chosen node, from what the server keeps; nothing where it cannot say.
async fn history(server: &Server, model: &Model) -> Option<Vec<u8>> {
    server.get(&model.history_path()?).await.ok()
}

/// A key that means something.
enum Key {
    Move(Move),
    Redraw,
    Quit,
}

/// Reads keys on a thread of its own, because the terminal knows no other way; it ends with the receiver.
fn keys() -> mpsc::Receiver<Key> {
    let (sender, receiver) = mpsc::channel(8);
    tokio::task::spawn_blocking(move || {
        while !sender.is_closed() {
            let key = match event::poll(KEY_PAUSE) {
                Ok(false) => continue,
                Ok(true) => event::read().ok().as_ref().and_then(meaning),
                Err(_) => Some(Key::Quit),
            };
            if key.is_some_and(|key| sender.blocking_send(key).is_err()) {
                return;
            }
        }
    });
    receiver
}

fn meaning(event: &Event) -> Option<Key> {
    match event {
        Event::Resize(..) => Some(Key::Redraw),
        Event::Key(key) if key.kind == KeyEventKind::Press => match key.code {
            KeyCode::Char('q') | KeyCode::Esc => Some(Key::Quit),
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Quit),
            KeyCode::Up => Some(Key::Move(Move::Database(-1))),
            KeyCode::Down => Some(Key::Move(Move::Database(1))),
            KeyCode::Left => Some(Key::Move(Move::Node(-1))),
            KeyCode::Right => Some(Key::Move(Move::Node(1))),
            _ => None,
        },
        _ => None,
    }
}

/// What the screen would show, as lines of text.
fn picture(model: &Model) -> anyhow::Result<String> {
    render(model, PICTURE, Clock::System.now())
}

fn render(model: &Model, (width, height): (u16, u16), now: Timestamp) -> anyhow::Result<String> {
    let mut screen = Terminal::new(TestBackend::new(width, height))?;
    screen.draw(|frame| draw::draw(frame, model, now))?;
    let buffer = screen.backend().buffer();
    let line = |y| -> String {
        (0..width).filter_map(|x| buffer.cell((x, y))).map(ratatui::buffer::Cell::symbol).collect()
    };
    let lines: Vec<String> = (0..height).map(|y| line(y).trim_end().to_owned()).collect();
    Ok(lines.join("\n").trim_end().to_owned() + "\n")
}

#[cfg(test)]
mod tests;
