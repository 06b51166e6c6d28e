//! Every waiter is an Arc node with a lock of its own, shared between its future and the queue; the
//! queue is a plain VecDeque of nodes, found again by pointer.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct Semaphore {
    line: Mutex<Line>,
}

#[derive(Debug)]
struct Line {
    free: usize,
    nodes: VecDeque<Arc<Node>>,
}

#[derive(Debug)]
struct Node {
    state: Mutex<NodeState>,
}

#[derive(Debug)]
enum NodeState {
    Waiting(Waker),
    Mine,
    Over,
}

#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
}

#[derive(Debug)]
pub struct Cancelled;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Self { line: Mutex::new(Line { free: permits, nodes: VecDeque::new() }) }
    }

    pub async fn acquire(&self) -> Permit<'_> {
        let mut place = Place { semaphore: self, node: None };
        poll_fn(|cx| place.poll(cx)).await
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let mut line = lock(&self.line);
        if line.free == 0 {
            return None;
        }
        line.free -= 1;
        drop(line);
        Some(Permit { semaphore: self })
    }

    pub async fn acquire_until<C: Future>(&self, cancelled: C) -> Result<Permit<'_>, Cancelled> {
        let mut place = Place { semaphore: self, node: None };
        let mut signal = pin!(cancelled);
        poll_fn(|cx| match place.poll(cx) {
            Poll::Ready(permit) => Poll::Ready(Ok(permit)),
            Poll::Pending => signal.as_mut().poll(cx).map(|_| Err(Cancelled)),
        })
        .await
    }

    pub fn available_permits(&self) -> usize {
        lock(&self.line).free
    }

    /// Gives one permit to the first node of the line. Lock order: line, then node.
    fn put_back(&self) {
        let mut line = lock(&self.line);
        let Some(node) = line.nodes.pop_front() else {
            line.free += 1;
            return;
        };
        let old = std::mem::replace(&mut *lock(&node.state), NodeState::Mine);
        drop(line);
        if let NodeState::Waiting(waker) = old {
            waker.wake();
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.put_back();
    }
}

struct Place<'a> {
    semaphore: &'a Semaphore,
    node: Option<Arc<Node>>,
}

impl<'a> Place<'a> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let semaphore = self.semaphore;
        if let Some(node) = &self.node {
            // Another poll needs the node alone.
            let mut state = lock(&node.state);
            if let NodeState::Waiting(waker) = &mut *state {
                let old = std::mem::replace(waker, cx.waker().clone());
                drop(state);
                drop(old);
                return Poll::Pending;
            }
            *state = NodeState::Over;
            drop(state);
            self.node = None;
            return Poll::Ready(Permit { semaphore });
        }
        let mut line = lock(&semaphore.line);
        if line.free > 0 {
            line.free -= 1;
            drop(line);
            return Poll::Ready(Permit { semaphore });
        }
        let node = Arc::new(Node { state: Mutex::new(NodeState::Waiting(cx.waker().clone())) });
        line.nodes.push_back(node.clone());
        drop(line);
        self.node = Some(node);
        Poll::Pending
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Some(node) = self.node.take() else { return };
        let mut line = lock(&self.semaphore.line);
        let in_line = line.nodes.iter().position(|other| Arc::ptr_eq(other, &node));
        if let Some(at) = in_line {
            line.nodes.remove(at);
        }
        let old = std::mem::replace(&mut *lock(&node.state), NodeState::Over);
        drop(line);
        if let NodeState::Mine = old {
            self.semaphore.put_back();
        }
    }
}
