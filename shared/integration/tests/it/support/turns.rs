//! Two processes step by step: whose turn it is at each call of the store or of iLOQ is drawn from a seed.

use std::sync::{Arc, Condvar, Mutex};

use super::Dice;

/// Whose turn it is.
pub struct Turns {
    state: Mutex<State>,
    next: Condvar,
}

struct State {
    running: usize,
    waiting: Vec<usize>,
    turn: Option<usize>,
    /// Goes on until somebody else is drawn: one process may stand still while the other does all of its work.
    favoured: usize,
    dice: Dice,
    /// One in so many draws is a new one.
    odds: u64,
}

impl State {
    /// When everybody waits, it is somebody's turn.
    fn draw(&mut self) {
        if self.turn.is_some() || self.running == 0 || self.waiting.len() < self.running {
            return;
        }
        // Threads come in any order.
        self.waiting.sort_unstable();
        if self.dice.below(self.odds) == 0 || !self.waiting.contains(&self.favoured) {
            let at = usize::try_from(self.dice.below(self.waiting.len() as u64)).unwrap();
            self.favoured = self.waiting[at];
        }
        self.waiting.retain(|who| *who != self.favoured);
        self.turn = Some(self.favoured);
    }
}

impl Turns {
    fn change(&self, act: impl FnOnce(&mut State)) {
        act(&mut self.state.lock().unwrap());
        self.next.notify_all();
    }
}

/// One process's place.
#[derive(Clone)]
pub struct Turn {
    turns: Arc<Turns>,
    who: usize,
}

impl Turn {
    /// As many places as processes; the order is `seed`'s.
    pub fn places(processes: usize, seed: u64) -> Vec<Self> {
        let state = State {
            running: processes,
            waiting: Vec::new(),
            turn: None,
            favoured: 0,
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            odds: [2, 8, 32][usize::try_from(seed % 3).unwrap()],
        };
        let turns = Arc::new(Turns { state: Mutex::new(state), next: Condvar::new() });
        (0..processes).map(|who| Self { turns: Arc::clone(&turns), who }).collect()
    }

    /// Waits until it is this process's turn; it has it until its next call.
    pub fn wait(&self) {
        self.turns.change(|state| {
            state.waiting.push(self.who);
            state.draw();
        });
        let state = self.turns.state.lock().unwrap();
        let mut state = self.turns.next.wait_while(state, |state| state.turn != Some(self.who)).unwrap();
        state.turn = None;
    }

    /// Different for each process.
    pub fn seed(&self) -> u64 {
        0x9e37_79b9_7f4a_7c15 + self.who as u64
    }

    /// When this is dropped, the process has ended, perhaps with a failure.
    pub fn ends(&self) -> impl Drop + use<> {
        Ends(self.clone())
    }
}

struct Ends(Turn);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.turns.change(|state| {
            state.running -= 1;
            state.draw();
        });
    }
}
